// axe-core finds nothing on any kind of page, in any theme.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const PAGES = [
    'introduction.html', 'part/sessions.html', 'part/listings.html', 'part/teaching.html', 'part/lab.html', 'keywords.html', 'verified.html',
    'appendix/interview.html', 'appendix/cheat-sheets.html', 'appendix/cheat-sheets/generators.html', 'appendix/flashcards.html',
    'appendix/gotchas.html', 'appendix/glossary.html', 'appendix/mock-interview.html', 'appendix/references.html', 'appendix/labs.html',
    '404.html', 'print.html',
];
const THEMES = ['light', 'rust', 'coal', 'navy', 'ayu'];

export const accessibility = PAGES.map(path => ({
    name: `axe-core finds nothing on ${path}`,
    async run({ page, open }) {
        await open(path);
        await page.addScriptTag({ path: axe });
        const found = [];
        for (const theme of THEMES) {
            await page.evaluate(function(chosen) {
                document.querySelector(`#mdbook-theme-${chosen}`).click();
                document.querySelectorAll('main details').forEach(details => { details.open = true; });
            }, theme);
            const { violations } = await page.evaluate(() => window.axe.run(document, {
                runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
            }));
            for (const { id, impact, nodes } of violations) {
                found.push(`${theme}: ${id} (${impact}): ${nodes.slice(0, 3).map(node => `${node.html.slice(0, 160)} ${node.failureSummary.split('\n')[1]}`).join(' | ')}`);
            }
        }
        await page.evaluate(() => localStorage.clear());
        assert.deepEqual(found, []);
    },
}));
