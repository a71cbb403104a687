// What a reader's browser does with a book. `node test.mjs SITE KEYWORDS.json`; each test says its name when it fails, and the number
// of them when none does.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { browser, files, serve } from './site.mjs';
import { accessibility } from './accessibility.mjs';
import { reading } from './reading.mjs';
import { searching } from './searching.mjs';
import { taking } from './taking.mjs';
import { teaching } from './teaching.mjs';

const folder = resolve(process.argv[2]);
const keywords = JSON.parse(process.argv[3]);
const profile = await mkdtemp(join(tmpdir(), 'exemplar-browser-'));
const server = await serve(folder);
const context = await browser(profile);
const failures = [];
let tried = 0;

// No page says a word to the console, throws, or asks for anything outside of the site.
const complaints = [];
let root = server.root;
context.on('page', function(page) {
    page.on('console', message => ['error', 'warning'].includes(message.type()) && complaints.push(`console: ${message.text()} (${page.url()})`));
    page.on('pageerror', error => complaints.push(`thrown: ${error.stack} (${page.url()})`));
    page.on('request', function(request) {
        const url = request.url();
        if (!/^(data|blob|about):/.test(url) && !url.startsWith(root)) {
            complaints.push(`request to ${url} (${page.url()})`);
        }
    });
});

for (const [scheme, base] of [['http', server.root], ['file', files(folder)]]) {
    root = base;
    const all = [...taking, ...reading, ...searching(keywords), ...teaching, ...(scheme === 'http' ? accessibility : [])];
    for (const { name, run, only } of all) {
        if (only && only !== scheme || process.env.ONLY && !name.includes(process.env.ONLY)) {
            continue;
        }
        const page = await context.newPage();
        page.setDefaultTimeout(10000);
        tried += 1;
        try {
            await run({
                page,
                scheme,
                open: path => page.goto(base + path),
                clipboard: () => page.evaluate(() => navigator.clipboard.readText()),
            });
            assert.deepEqual(complaints, []);
        } catch (error) {
            failures.push(`${scheme}: ${name}: ${error.stack}`);
        }
        complaints.length = 0;
        await page.close();
    }
}

await context.close();
await server.close();
await rm(profile, { recursive: true, force: true });
for (const failure of failures) {
    console.error(failure);
}
console.log(`${tried} tests in the browser, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
