// Quizzes, flashcards and the mock interview.

import assert from 'node:assert/strict';

export const teaching = [
    {
        name: 'a quiz says whether a choice is right',
        async run({ page, open }) {
            await open('part/teaching.html');
            const labels = page.locator('.exemplar-choices label');
            await labels.filter({ hasText: '12' }).locator('input').check();
            assert.match(await labels.filter({ hasText: '12' }).getAttribute('class'), /exemplar-wrong/);
            await labels.filter({ hasText: /^\s*3/ }).locator('input').check();
            assert.match(await labels.filter({ hasText: /^\s*3/ }).getAttribute('class'), /exemplar-right/);
        },
    },
    {
        name: 'a flashcard shows its back and is remembered',
        async run({ page, open }) {
            await open('appendix/flashcards.html');
            await page.evaluate(() => localStorage.clear());
            await page.reload();
            const buttons = page.locator('.exemplar-trainer-buttons button');
            await buttons.first().click();
            await buttons.filter({ hasText: /^Good/ }).click();
            assert.ok(await page.evaluate(() => localStorage.length) > 0);
        },
    },
    {
        name: 'the mock interview draws questions',
        async run({ page, open }) {
            await open('appendix/mock-interview.html');
            await page.locator('.exemplar-mock-draw').click();
            await page.getByText(/\d:\d\d left/).waitFor();
            assert.equal(await page.locator('[data-mock]:visible').count(), 1);
        },
    },
];
