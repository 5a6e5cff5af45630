// Serves a folder as a plain file server does.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

/**
 * Until the test ends.
 *
 * @param {import("node:test").TestContext} t
 * @param {string} folder
 * @param {Record<string, string>} [headers] sent with every file
 * @returns {Promise<{ url: string, requested: string[] }>} the address, and the paths that were asked for
 */
export async function serve(t, folder, headers = {}) {
  const requested = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    requested.push(pathname);
    const path = join(folder, pathname === "/" ? "index.html" : pathname);
    try {
      const content = await readFile(path);
      response.writeHead(200, { "Content-Type": types[extname(path)], ...headers }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://localhost:${server.address().port}`, requested };
}

const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
