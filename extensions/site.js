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
