// Runs a cell of a page, and shows what comes of it while it runs; editor.js does the rest.

const { element } = notes; // of progress.js

/** Run a cell after those that it needs; or ask first, if more than Python itself is to be loaded. */
export async function runCell(cell, before, python) {
  const { node, find } = cell;
  const all = [...before, cell];
  const code = [find(".buttons").dataset.first, ...all.map(({ area }) => area.value)].filter(Boolean);
  const asks = !cell.asked && (await python.ask(code));
  if (asks) {
    cell.asked = true; // pressing it again is the answer
    return { asks };
  }
  const asStored = all.every(({ area, given }) => area.value === given);
  const alt = (asStored && find(".cell_output img")?.alt) || "你的代码画的图";
  const mb = (bytes) => (bytes / 1e6).toFixed(1);
  let printed = "";
  cell.python = python;
  return python.run(code, {
    onLoad(loaded, total) {
      cell.loading.hidden = loaded >= total;
      cell.said.textContent = cell.loading.hidden ? "正在启动 Python…" : "正在装入，只有第一次要等：";
      const bar = element("progress", "", { max: total, value: loaded, ariaLabel: "装入了多少" });
      cell.loading.replaceChildren(bar, `${mb(loaded)} MB，共 ${mb(total)} MB`);
    },
    onOutput(text) {
      node.classList.add("ran");
      cell.output.textContent = printed += text;
    },
    onPlot(svg) {
      node.classList.add("ran");
      cell.plots.push(picture(svg, alt));
      cell.shown.replaceChildren(...cell.plots);
    },
  });
}

// As one that is stored: with its size, and a link to be seen larger (site.js).
function picture(svg, alt) {
  const href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  const image = element("img", "", { alt, src: href });
  image.onload = () => {
    image.width = image.naturalWidth;
    image.height = image.naturalHeight;
  };
  const link = element("a", "", { href, className: "image-reference" });
  link.append(image);
  return link;
}
