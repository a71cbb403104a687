'use strict';

// Quizzes that say at once whether a choice is right, the mock interview's draw and clock, and the flashcards' schedule.
// Without it, each of those pages says everything that it says with it.

(function markChoices() {
    for (const list of document.querySelectorAll('.exemplar-choices')) {
        list.addEventListener('change', ({ target }) => {
            for (const label of list.querySelectorAll('label')) {
                const chosen = label.contains(target);
                const right = 'right' in label.dataset;
                label.classList.toggle('exemplar-right', chosen && right);
                label.classList.toggle('exemplar-wrong', chosen && !right);
            }
        });
    }
})();

(function openWhatIsPrinted() {
    // Browsers that can't open a folded answer by style alone.
    let opened = [];
    window.addEventListener('beforeprint', () => {
        opened = [...document.querySelectorAll('.exemplar-box details:not([open]), details.exemplar-card:not([open])')];
        opened.forEach((details) => { details.open = true; });
    });
    window.addEventListener('afterprint', () => opened.forEach((details) => { details.open = false; }));
})();

(function mockInterview() {
    const mock = document.querySelector('.exemplar-mock');
    const all = [...document.querySelectorAll('[data-mock]')];
    if (!mock || all.length === 0) {
        return;
    }
    const drawn = 5;
    const seconds = 180;
    const controls = mock.querySelector('.exemplar-mock-controls');
    const clock = mock.querySelector('.exemplar-mock-clock');
    const value = (name) => mock.querySelector(`.exemplar-mock-${name}`).value;
    let ticking;
    let end = 0;

    mock.querySelector('.exemplar-needs-script').hidden = true;
    controls.hidden = false;
    all.forEach((question) => { question.hidden = true; });
    mock.querySelector('.exemplar-mock-draw').addEventListener('click', draw);

    function draw() {
        const level = value('level');
        const topic = value('topic');
        const fits = ({ dataset }) => (!level || dataset.level === level) && (!topic || dataset.topic === topic);
        const chosen = shuffled(all.filter(fits)).slice(0, drawn);
        for (const question of all) {
            question.hidden = !chosen.includes(question);
            question.querySelector('details').open = false;
        }
        chosen.forEach((question) => question.parentNode.append(question));
        end = Date.now() + chosen.length * seconds * 1000;
        clearInterval(ticking);
        ticking = setInterval(tick, 250);
        tick();
    }

    function tick() {
        const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
        const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
        clock.textContent = left > 0 ? `${text} left` : 'Time is up';
        if (left === 0) {
            clearInterval(ticking);
        }
    }

    function shuffled(items) {
        const rest = [...items];
        for (let last = rest.length - 1; last > 0; last -= 1) {
            const other = Math.floor(Math.random() * (last + 1));
            [rest[last], rest[other]] = [rest[other], rest[last]];
        }
        return rest;
    }
})();

(function flashcards() {
    const trainer = document.querySelector('.exemplar-trainer');
    const cards = [...document.querySelectorAll('.exemplar-card[data-card]')];
    if (!trainer || cards.length === 0 || typeof exemplarFsrs === 'undefined') {
        return;
    }
    const { fsrs, createEmptyCard } = exemplarFsrs;
    const scheduler = fsrs();
    // One book, one key: books on one host, and all files under `file:`, share their storage.
    const key = `exemplar-cards:${document.querySelector('.exemplar-deck')?.download || document.title}`;
    const grades = [[1, 'Again'], [2, 'Hard'], [3, 'Good'], [4, 'Easy']];
    const part = (name) => trainer.querySelector(`.exemplar-trainer-${name}`);
    let known = load();
    let current;

    trainer.querySelector('.exemplar-needs-script').hidden = true;
    part('controls').hidden = false;
    part('export').addEventListener('click', save);
    part('file').querySelector('input').addEventListener('change', restore);
    part('reset').addEventListener('click', () => {
        if (window.confirm('Forget what you have learnt in this browser?')) {
            known = {};
            store();
            next();
        }
    });
    next();

    function load() {
        try {
            return JSON.parse(localStorage.getItem(key)) || {};
        } catch {
            return {};
        }
    }

    function store() {
        try {
            localStorage.setItem(key, JSON.stringify(known));
        } catch {
            part('state').textContent = 'This browser keeps nothing: export your progress before you leave.';
        }
    }

    function dueOf({ dataset }) {
        return known[dataset.card] ? new Date(known[dataset.card].due).getTime() : 0;
    }

    function next() {
        const now = Date.now();
        const waiting = cards.filter((card) => dueOf(card) <= now).sort((a, b) => dueOf(a) - dueOf(b));
        // What was begun comes before what is new.
        current = waiting.find((card) => known[card.dataset.card]) || waiting[0];
        const fresh = waiting.filter((card) => !known[card.dataset.card]).length;
        part('state').textContent = `${waiting.length - fresh} to repeat, ${fresh} new, ${cards.length} in all`;
        if (!current) {
            const soonest = Math.min(...cards.map(dueOf));
            show(`<p>Nothing is due. The next card comes on ${new Date(soonest).toLocaleString()}.</p>`, []);
            return;
        }
        const front = current.querySelector('summary').innerHTML;
        show(front, [['Show the answer', () => reveal(front)]]);
    }

    function reveal(front) {
        const back = current.querySelector('.exemplar-card-back').innerHTML;
        const from = current.querySelector('.exemplar-from').outerHTML;
        const now = new Date();
        const choices = scheduler.repeat(revived(known[current.dataset.card]), now);
        const buttons = grades.map(([grade, name]) => [
            `${name} (${wait(choices[grade].card.due - now)})`,
            () => {
                known[current.dataset.card] = choices[grade].card;
                store();
                next();
            },
        ]);
        show(`${front}<hr>${back}${from}`, buttons);
    }

    function revived(card) {
        if (!card) {
            return createEmptyCard();
        }
        const last = card.last_review && new Date(card.last_review);
        return { ...card, due: new Date(card.due), last_review: last };
    }

    function wait(milliseconds) {
        const minutes = Math.max(1, Math.round(milliseconds / 60000));
        if (minutes < 60) {
            return `${minutes} min`;
        }
        return minutes < 1440 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} d`;
    }

    function show(html, buttons) {
        const asked = part('buttons').contains(document.activeElement);
        part('card').innerHTML = html;
        part('buttons').replaceChildren(...buttons.map(([name, act]) => {
            const button = document.createElement('button');
            button.type = 'button';
            button.textContent = name;
            button.addEventListener('click', act);
            return button;
        }));
        if (asked) {
            part('buttons').querySelector('button')?.focus();
        }
    }

    function save() {
        const link = document.createElement('a');
        link.href = `data:application/json,${encodeURIComponent(JSON.stringify(known))}`;
        link.download = 'flashcards.json';
        link.click();
    }

    async function restore({ target }) {
        try {
            const found = JSON.parse(await target.files[0].text());
            const cards = Object.entries(found).filter(([, card]) => !Number.isNaN(Date.parse(card?.due)));
            known = { ...known, ...Object.fromEntries(cards) };
            store();
            next();
        } catch {
            part('state').textContent = 'That file is no progress of these flashcards.';
        }
        target.value = '';
    }
})();
