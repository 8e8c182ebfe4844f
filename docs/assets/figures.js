/* The figures follow the site's switch between light and dark. */
(function () {
  const theme = () => (document.body.dataset.mdColorScheme === "slate" ? "dark" : "light");
  const tell = (frame) => frame.contentWindow.postMessage({ steepest: { theme: theme() } }, "*");
  const frames = document.querySelectorAll("figure.steepest iframe");
  for (const frame of frames) {
    tell(frame);
    frame.addEventListener("load", () => tell(frame));
  }
  new MutationObserver(() => frames.forEach(tell)).observe(document.body, {
    attributeFilter: ["data-md-color-scheme"],
  });
})();
