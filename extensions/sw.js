// Keeps each page that is read, and what it is made of, so that it can be read again without a
// network. With one, each page is asked for as ever; one that is kept is shown if no answer begins
// in time. What a page was made of before this could see it, and the whole book, offline.js keeps.

const KEPT = `pages ${new URL(registration.scope).pathname}`;
const PATIENCE = 3000; // milliseconds
const ANY = { ignoreSearch: true, ignoreVary: true }; // also in another version
const shown = new Set(); // the windows with a page as it was kept
const NOTHING = `<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>没有网络</title>
<body style="max-width: 30em; margin: 3em auto; padding: 0 1em; font: 1.1em/1.8 sans-serif">
<h1>没有网络</h1><p>这一页没有留在这台设备上，现在打不开。读过的页，没有网络也能再读。</p>
<p><a href="">再试一次</a>，或者<a href="${registration.scope}">回到首页</a>。</p>`;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { method, url, cache, destination } = event.request;
  if (method !== "GET" || !url.startsWith(registration.scope)) return;
  // What Python is made of, python.js keeps; what offline.js asks for shall be from the network.
  if (/\.bin\?|\.(zip|pdf)$/.test(url) || (!destination && cache === "no-cache")) return;
  event.respondWith(answer(event).catch(() => fetch(event.request)));
});

async function answer(event) {
  const { request, clientId, resultingClientId } = event;
  const isPage = request.mode === "navigate";
  const address = isPage ? request.url.split(/[?#]/)[0].replace(/\/$/, "/index.html") : request.url;
  const cache = await caches.open(KEPT);
  const same = await cache.match(address, { ignoreVary: true });
  // A part with its version in its address does not change; a kept page has the parts kept with it.
  if (same && !isPage && (address.includes("?") || shown.has(clientId))) return same;
  const kept = same || (await cache.match(address, ANY));
  const asked = fetch(request);
  event.waitUntil(asked.then((response) => keep(cache, address, response.clone())).catch(() => {}));
  const late = new Promise((resolve) => kept && setTimeout(resolve, PATIENCE));
  const response = await Promise.race([asked.catch(() => {}), late]);
  if (response && (response.status < 500 || !kept)) return response;
  if (!isPage) return kept || Response.error();
  const headers = { "Content-Type": "text/html; charset=utf-8" };
  if (!kept) return new Response(NOTHING, { status: 503, headers });
  shown.add(resultingClientId);
  return new Response((await kept.text()).replace("<html", "<html data-kept"), { headers });
}

async function keep(cache, address, response) {
  if (!response.ok || response.redirected) return;
  await cache.put(address, response);
  for (const { url } of await cache.keys(address, ANY)) if (url !== address) cache.delete(url);
}
