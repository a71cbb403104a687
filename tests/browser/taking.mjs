// Code that is taken along.

import assert from 'node:assert/strict';

const SESSION = `def answer(add):
    text = """two
lines"""
    return secret + add

answer(1)
print("a\\n\\nb")
[1, 2].index(3)
for n in range(2):
    print(n)

`;

export const taking = [
    {
        name: 'copy gives code without prompts and output',
        async run({ page, open, clipboard }) {
            await open('part/sessions.html');
            const pre = page.locator('main pre:has(code.language-pycon)').first();
            await pre.hover();
            await pre.locator('.clip-button').click();
            assert.equal(await clipboard(), SESSION);
        },
    },
    {
        name: 'copy of a session gives all of it, set-up that is not shown included',
        async run({ page, open, clipboard }) {
            await open('part/sessions.html');
            const pre = page.locator('main pre:has(code.language-python)').first();
            await pre.hover();
            await pre.locator('.exemplar-copy-session').click();
            await pre.getByText('copied!').waitFor();
            const text = await clipboard();
            assert.match(text, /^secret = 41\n/);
            assert.match(text, /try:\n {4}\[1, 2\]\.index\(3\)\nexcept Exception as _error:/);
            assert.match(text, /answer\(3\)/);
            assert.doesNotMatch(text, />>>|sleep/);
        },
    },
    {
        name: 'a selection by hand has no prompts and no output',
        async run({ page, open }) {
            await open('part/sessions.html');
            const text = await page.evaluate(function() {
                const code = document.querySelector('main code.language-pycon');
                document.getSelection().selectAllChildren(code);
                return document.getSelection().toString();
            });
            assert.doesNotMatch(text, />>>|Traceback|\.\.\./);
            assert.match(text, /answer\(1\)/);
        },
    },
    {
        name: 'the menu hides prompts and output',
        async run({ page, open }) {
            await open('part/sessions.html');
            const button = page.getByRole('button', { name: 'Hide prompts and output' });
            await button.click();
            assert.equal(await button.getAttribute('aria-pressed'), 'true');
            assert.equal(await page.locator('.exemplar-prompt').first().isVisible(), false);
            assert.equal(await page.locator('code.exemplar-output').first().isVisible(), false);
            await button.click();
            assert.equal(await page.locator('.exemplar-prompt').first().isVisible(), true);
        },
    },
    {
        name: 'hidden prompts come back on the next page',
        async run({ page, open }) {
            await open('part/sessions.html');
            await page.getByRole('button', { name: 'Hide prompts and output' }).click();
            await open('keywords.html');
            assert.equal(await page.locator('.exemplar-prompt').first().isVisible(), true);
        },
    },
    {
        name: 'what was not run says so, and how a fence was verified shows on hover and focus',
        async run({ page, open }) {
            await open('part/sessions.html');
            assert.match(await page.locator('main').innerText(), /not run: it would take an hour/);
            assert.equal(await page.locator('.exemplar-verified').count(), 1);
            const detail = page.locator('.exemplar-detail').first();
            assert.equal(await detail.isVisible(), false);
            await page.locator('main pre').first().hover();
            await detail.waitFor({ state: 'visible' });
            assert.match(await detail.innerText(), /CPython 3\.\d+\.\d+ · (under 1 ms|\d+ ms|\d+\.\d s) · exemplar check/);
            await page.mouse.move(0, 0);
            await detail.waitFor({ state: 'hidden' });
            await page.locator('main pre > code').first().focus();
            await detail.waitFor({ state: 'visible' });
            await page.keyboard.press('Escape');
            await detail.waitFor({ state: 'hidden' });
        },
    },
    {
        name: 'downloads stand at the end of the page and in the menu, and are there',
        async run({ page, open, scheme }) {
            await open('part/sessions.html');
            await page.locator('.exemplar-download-menu > summary').click();
            const links = await page.locator('.exemplar-download-menu a').evaluateAll(all => all.map(link => link.href));
            assert.equal(links.length, await page.locator('.exemplar-downloads a').count());
            for (const ending of ['.py', '.ipynb', '.md']) {
                const link = links.find(href => href.endsWith(`part/sessions${ending}`));
                assert.ok(link, `${ending} of ${links}`);
                if (scheme === 'http') {
                    assert.equal((await page.request.get(link)).status(), 200);
                }
            }
            await page.keyboard.press('Escape');
            assert.equal(await page.locator('.exemplar-download-menu a').first().isVisible(), false);
        },
    },
    {
        name: 'numbers in code lead to the list and are not copied',
        async run({ page, open, clipboard }) {
            await open('part/listings.html');
            const pre = page.locator('pre:has(.exemplar-callout)');
            assert.equal(await pre.locator('.exemplar-callout').count(), 2);
            await pre.hover();
            await pre.locator('.clip-button').click();
            assert.match(await clipboard(), /^import sys\n\nclass Split:\n {4}@property\n/);
            await pre.locator('.exemplar-callout').first().click();
            assert.equal(await page.locator('.exemplar-callouts > li:target').innerText(), 'The module of the interpreter.');
        },
    },
];
