// Keeps the pages that are visited, once Python has run in one of them: they can be read again
// without a network. With one, each page is asked for as ever.

const KEPT = `pages ${new URL(registration.scope).pathname}`;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  // What Python is made of is kept by python.js.
  if (method !== "GET" || !url.startsWith(registration.scope) || url.includes(".bin?")) return;
  event.respondWith(answer(event));
});

async function answer(event) {
  const { request } = event;
  const cache = await caches.open(KEPT);
  try {
    const response = await fetch(request);
    if (response.ok && !response.redirected) event.waitUntil(keep(cache, request, response.clone()));
    return response;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

// An address with another version of the same file takes the place of the older one.
async function keep(cache, request, response) {
  await cache.delete(request, { ignoreSearch: true, ignoreVary: true });
  await cache.put(request, response);
}
