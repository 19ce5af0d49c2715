// On paper the page is light, and what is folded is open.
addEventListener("beforeprint", () => {
  document.documentElement.dataset.theme = "light";
  document.querySelectorAll("details").forEach((details) => (details.open = true));
});

// The index of the search, the heaviest file of all, is loaded when one is about to search.
document.querySelector("#pst-search-dialog input")?.addEventListener("focus", () => {
  const script = document.createElement("script");
  script.src = `${document.documentElement.dataset.content_root}searchindex.js`;
  document.head.append(script);
}, { once: true });

// A picture that is clicked, a link to itself, is shown by itself: as large as the window allows, and
// never smaller than it was drawn. A second click, the button or Escape closes it.
addEventListener("click", (event) => {
  const link = event.target.closest("a.image-reference");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const dialog = document.createElement("dialog");
  dialog.className = "picture";
  dialog.setAttribute("aria-label", "放大的图片");
  dialog.innerHTML = '<button type="button">关闭</button>';
  const image = link.querySelector("img").cloneNode();
  const [width, height] = ["width", "height"].map((name) => image.getAttribute(name));
  const scale = Math.max(1, Math.min(innerWidth / width, innerHeight / height));
  image.style.width = `${width * scale}px`;
  dialog.append(image);
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
});
