// Search that finds code.

import assert from 'node:assert/strict';

const CODE = ['__init__', '@property', 'str.split'];

export function searching(keywords) {
    return [
        {
            name: 'search finds each keyword and names of code',
            async run({ page, open }) {
                await open('introduction.html');
                await page.keyboard.press('/');
                const bar = page.locator('#mdbook-searchbar');
                await bar.waitFor();
                const missing = [];
                for (const word of [...keywords, ...CODE]) {
                    await bar.fill(word);
                    await bar.press('End');
                    const said = page.locator('#mdbook-searchresults-header');
                    await said.filter({ hasText: `'${word}'` }).waitFor();
                    const links = await page.locator('#mdbook-searchresults a').evaluateAll(all => all.map(link => link.pathname));
                    if (!links.some(path => path.endsWith('/keywords.html'))) {
                        missing.push(`${word}: ${links}`);
                    }
                }
                assert.deepEqual(missing, []);
            },
        },
        {
            name: 'a result is reached by the keyboard and shows the place',
            async run({ page, open }) {
                await open('introduction.html');
                await page.keyboard.press('s');
                const bar = page.locator('#mdbook-searchbar');
                await bar.fill('__init__');
                await bar.press('End');
                await page.locator('#mdbook-searchresults li').first().waitFor();
                await page.keyboard.press('ArrowDown');
                await Promise.all([page.waitForURL(/keywords\.html/), page.keyboard.press('Enter')]);
            },
        },
        {
            name: 'a search that finds nothing says so',
            async run({ page, open }) {
                await open('introduction.html');
                await page.keyboard.press('/');
                const bar = page.locator('#mdbook-searchbar');
                await bar.fill('zzzyx');
                await bar.press('End');
                await page.getByText('No search results for \'zzzyx\'.').waitFor();
            },
        },
    ];
}
