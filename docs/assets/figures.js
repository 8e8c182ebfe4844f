/* Figures and exercises follow the site's switch between light and dark; exercises are as tall as
   what is in them. */
(function () {
  const theme = () => (document.body.dataset.mdColorScheme === "slate" ? "dark" : "light");
  const tell = (frame) => frame.contentWindow.postMessage({ steepest: { theme: theme(), listen: frame.matches(".exercises iframe") } }, "*");
  const frames = document.querySelectorAll("figure:is(.steepest, .exercises) iframe");
  for (const frame of frames) {
    tell(frame);
    frame.addEventListener("load", () => tell(frame));
  }
  addEventListener("message", ({ data, source }) => {
    const frame = [...frames].find((f) => f.contentWindow === source);
    const height = Number(data?.steepest?.height);
    if (frame?.matches(".exercises iframe") && height > 0) frame.style.height = `${Math.ceil(height)}px`;
  });
  new MutationObserver(() => frames.forEach(tell)).observe(document.body, {
    attributeFilter: ["data-md-color-scheme"],
  });
})();
