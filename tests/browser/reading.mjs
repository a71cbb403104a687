// Reading: versions, themes, progress, the keyboard.

import assert from 'node:assert/strict';

export const reading = [
    {
        name: 'a version is chosen for all examples and remembered',
        async run({ page, open }) {
            await open('part/listings.html');
            const old = page.getByRole('tab', { name: 'Python before 3.10' });
            assert.equal(await old.count(), 2);
            await old.first().click();
            assert.equal(await old.nth(1).getAttribute('aria-selected'), 'true');
            await page.reload();
            assert.equal(await old.first().getAttribute('aria-selected'), 'true');
            await old.first().focus();
            await page.keyboard.press('ArrowLeft');
            assert.match(page.url(), /listings\.html/);
            assert.equal(await old.first().getAttribute('aria-selected'), 'false');
        },
    },
    {
        name: 'a theme is chosen and remembered, and the system may choose',
        async run({ page, open }) {
            await page.emulateMedia({ colorScheme: 'dark' });
            await open('introduction.html');
            const html = page.locator('html');
            const isDark = async () => /\b(navy|coal|ayu)\b/.test(await html.getAttribute('class'));
            assert.equal(await isDark(), true);
            await page.getByRole('button', { name: 'Change theme' }).click();
            await page.getByRole('menuitem', { name: 'Light' }).click();
            await page.reload();
            assert.match(await html.getAttribute('class'), /\blight\b/);
            await page.getByRole('button', { name: 'Change theme' }).click();
            await page.getByRole('menuitem', { name: 'System' }).click();
            assert.equal(await isDark(), true);
            await page.emulateMedia({ colorScheme: 'light' });
            await page.waitForFunction(() => !/\b(navy|coal|ayu)\b/.test(document.documentElement.className));
        },
    },
    {
        name: 'what is read is marked, and the first page offers to go on',
        async run({ page, open }) {
            await page.goto('about:blank');
            await open('part/sessions.html');
            await page.locator('#another-heading').scrollIntoViewIfNeeded();
            await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
            await page.locator('#mdbook-sidebar .exemplar-read').first().waitFor({ state: 'attached' });
            await open('index.html');
            const offer = page.locator('.exemplar-continue a');
            assert.match(await offer.innerText(), /^Sessions: /);
            assert.equal(await page.locator('#mdbook-sidebar a:has(.exemplar-read)').count() > 0, true);
            await offer.click();
            assert.match(page.url(), /part\/sessions\.html#/);
        },
    },
    {
        name: 'a page that fits the window is read by going on, not by a glance',
        async run({ page, open }) {
            await page.setViewportSize({ width: 1440, height: 20000 });
            await open('introduction.html');
            const marks = page.locator('#mdbook-sidebar a[href$="introduction.html"] .exemplar-read');
            await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
            assert.equal(await marks.count(), 0);
            await Promise.all([page.waitForURL(/sessions\.html/), page.keyboard.press('ArrowRight')]);
            await marks.first().waitFor({ state: 'attached' });
            await page.evaluate(() => localStorage.clear());
            await page.setViewportSize({ width: 1440, height: 900 });
        },
    },
    {
        name: 'arrow keys turn pages, but not from inside code',
        async run({ page, open }) {
            await open('part/sessions.html');
            await page.locator('main pre > code').first().focus();
            await page.keyboard.press('ArrowRight');
            await page.evaluate(function() {
                document.activeElement.blur();
                const code = document.querySelector('main code.language-pycon');
                document.getSelection().setBaseAndExtent(code.firstChild, 0, code.firstChild, 0);
            });
            await page.keyboard.press('ArrowRight');
            assert.match(page.url(), /sessions\.html/);
            await page.evaluate(() => document.getSelection().removeAllRanges());
            await Promise.all([page.waitForURL(/listings\.html/), page.keyboard.press('ArrowRight')]);
        },
    },
    {
        name: 'the keyboard reaches everything, in order, from the skip link on',
        async run({ page, open }) {
            await open('part/listings.html');
            await page.keyboard.press('Tab');
            assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the text');
            await page.keyboard.press('Enter');
            assert.equal(await page.evaluate(() => document.activeElement.id), 'mdbook-content');
            const reached = new Set();
            for (let step = 0; step < 80; step += 1) {
                await page.keyboard.press('Tab');
                const here = await page.evaluate(function() {
                    const active = document.activeElement;
                    if (!active.closest('main')) {
                        return null;
                    }
                    const style = getComputedStyle(active);
                    const isVisible = style.outlineStyle !== 'none' || style.boxShadow !== 'none' || active.matches('a');
                    return { what: active.className || active.tagName, isVisible };
                });
                if (!here) {
                    break;
                }
                assert.ok(here.isVisible, `the focus is not seen on ${here.what}`);
                here.what.split(' ').forEach(name => reached.add(name));
            }
            for (const what of ['exemplar-unfold', 'clip-button', 'exemplar-callout', 'exemplar']) {
                assert.ok(reached.has(what), `${what} among ${[...reached]}`);
            }
        },
    },
    {
        name: 'the sidebar opens and closes by its button',
        async run({ page, open }) {
            await open('introduction.html');
            const button = page.getByRole('button', { name: 'Toggle Table of Contents' });
            const before = await button.getAttribute('aria-expanded');
            await button.focus();
            await page.keyboard.press('Enter');
            assert.notEqual(await button.getAttribute('aria-expanded'), before);
            await page.keyboard.press('Enter');
            assert.equal(await button.getAttribute('aria-expanded'), before);
        },
    },
    {
        name: 'a long listing unfolds',
        async run({ page, open }) {
            await open('part/listings.html');
            const button = page.locator('.exemplar-unfold');
            assert.equal(await button.innerText(), 'show all 7 lines');
            await button.click();
            assert.equal(await button.getAttribute('aria-expanded'), 'true');
        },
    },
    {
        name: 'a cross-reference shows what it leads to',
        async run({ page, open }) {
            await open('introduction.html');
            const link = page.locator('main a[href*="a-session"]');
            const preview = page.locator('.exemplar-preview');
            await link.hover();
            await preview.waitFor({ state: 'visible' });
            assert.match(await preview.innerText(), /^A session\s+A session is one run of Python/);
            await page.keyboard.press('Escape');
            await preview.waitFor({ state: 'hidden' });
        },
    },
    {
        name: 'a page that is not there offers the way back',
        only: 'http',
        async run({ page, open }) {
            // That a page is missing is an error on the console, and rightly so.
            page.removeAllListeners('console');
            const answer = await page.request.get(new URL('nowhere/at/all.html', page.url() === 'about:blank' ? (await open('introduction.html')).url() : page.url()).href);
            assert.equal(answer.status(), 404);
            assert.match(await answer.text(), /Document not found/);
        },
    },
];
