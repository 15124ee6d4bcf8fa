/* Mend what the theme and ipywidgets 8 lack on a static page. */

/* Widgets speak to MathJax 2, the book has MathJax 3: formulas in labels. */
document.addEventListener("DOMContentLoaded", () => {
  if (!window.MathJax) return;
  MathJax.Hub = { Queue: ([, , element]) => MathJax.typesetPromise([element]) };
});

/* Widgets leave the handle of a slider without a name for screen readers. */
new MutationObserver(() => {
  document.querySelectorAll(".widget-slider .noUi-handle:not([aria-label])").forEach((handle) => {
    const label = handle.closest(".widget-slider").querySelector(".widget-label");
    if (label && label.textContent) handle.setAttribute("aria-label", label.textContent);
  });
}).observe(document.documentElement, { childList: true, subtree: true });

/* The theme lets the keyboard scroll wide code, but only code that shows when the page loads. */
document.addEventListener("click", () => {
  document.querySelectorAll("article pre").forEach((code) => {
    if (code.scrollWidth > code.clientWidth) code.tabIndex = 0;
  });
});
