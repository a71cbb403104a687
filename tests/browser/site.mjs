// The site under test, over http from a subfolder and from files, and a browser to look at it.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const TYPES = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
    '.json': 'application/json',
};

/** The folder as a static host serves it: below `/sub/`, with 404.html for what is not there. */
export async function serve(folder) {
    const server = createServer(async function(request, response) {
        const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
        const below = path.startsWith('/sub/') ? normalize(path.slice('/sub/'.length) || 'index.html') : 'nowhere';
        try {
            const content = await readFile(join(folder, below));
            response.writeHead(200, { 'content-type': TYPES[extname(below)] || 'application/octet-stream' });
            response.end(content);
        } catch {
            response.writeHead(404, { 'content-type': TYPES['.html'] });
            response.end(await readFile(join(folder, '404.html')));
        }
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    return {
        root: `http://127.0.0.1:${server.address().port}/sub/`,
        close: () => new Promise(resolve => { server.closeAllConnections(); server.close(resolve); }),
    };
}

/** The same folder without a server. */
export function files(folder) {
    return pathToFileURL(folder + '/').href;
}

/** One browser for all tests. */
export async function browser(profile) {
    return chromium.launchPersistentContext(profile, {
        executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
        headless: true,
        permissions: ['clipboard-read', 'clipboard-write'],
        viewport: { width: 1440, height: 900 },
        args: [
            '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
            '--disable-component-update', '--disable-sync',
        ],
    });
}
