'use strict';

// Code that can be taken along: prompts and outputs are marked in the page, so that no copy has them; a session can be copied
// whole; prompts and outputs can be hidden; comments such as `# (1)!` become numbers that lead to the list below the fence.
//
// mdBook loads it after its own book.js, so the code is highlighted and the buttons exist.

const exemplarPrompts = [
    { selector: 'code.language-pycon, code.language-python-repl', first: '>>>', next: '...' },
    { selector: 'code.language-console, code.language-shell-session', first: '$', next: '>' },
];

// Each line of a session in spans: its prompt, or all of it where it is output. As doctest reads a session: the second prompt goes on an
// example only right below its code; elsewhere it is output.
(function markPrompts() {
    for (const { selector, first, next } of exemplarPrompts) {
        for (const code of document.querySelectorAll(selector)) {
            mark(code, first, next);
        }
    }

    function mark(code, first, next) {
        let inCode = false;
        let seen = false;
        const lines = linesOf(code).map(function({ html, text }) {
            const [, space, prompt, gap] = text.match(/^(\s*)(\S+)( |$)/) || [];
            inCode = prompt === first || (inCode && prompt === next);
            seen = seen || inCode;
            if (inCode) {
                return withPrompt(html, space.length + prompt.length + gap.length);
            }
            return seen ? `<span class="exemplar-printed">${html}</span>` : html;
        });
        if (seen) {
            code.innerHTML = lines.join('');
        }
    }

    // The lines of highlighted code, each with its line feed and its elements closed.
    function linesOf(code) {
        const lines = [];
        let open = [];
        let html = '';
        let text = '';
        for (const part of code.innerHTML.match(/<[^>]*>|[^<\n]+|\n/g) || []) {
            if (part === '\n') {
                lines.push({ html: `${html}\n${'</span>'.repeat(open.length)}`, text });
                html = open.join('');
                text = '';
                continue;
            }
            if (part.startsWith('</')) {
                open = open.slice(0, -1);
            } else if (part.startsWith('<')) {
                open = [...open, part];
            } else {
                text += part.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
            }
            html += part;
        }
        if (text || html) {
            lines.push({ html: html + '</span>'.repeat(open.length), text });
        }
        return lines;
    }

    // The first characters of a line in a span, however many elements they lie in.
    function withPrompt(html, length) {
        const line = document.createElement('span');
        line.innerHTML = html;
        const prompt = document.createElement('span');
        prompt.className = 'exemplar-prompt';
        const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        const texts = [];
        while (walker.nextNode()) {
            texts.push(walker.currentNode);
        }
        let left = length;
        for (const node of texts) {
            if (left <= 0) {
                break;
            }
            const part = node.data.slice(0, left);
            left -= part.length;
            const piece = prompt.cloneNode();
            piece.textContent = part;
            node.data = node.data.slice(part.length);
            node.before(piece);
        }
        return line.innerHTML;
    }
})();

// `# (1)!` in code and a numbered list below it, as in mkdocs-material: a number in the code leads to its item.
(function numberCallouts() {
    let lists = 0;
    for (const code of document.querySelectorAll('main pre > code')) {
        const comments = commentsIn(code);
        const list = comments.length > 0 && listBelow(code.parentElement);
        if (!list) {
            continue;
        }
        lists += 1;
        list.classList.add('exemplar-callouts');
        const items = [...list.children];
        items.forEach((item, index) => { item.id = item.id || `exemplar-callout-${lists}-${index + 1}`; });
        for (const node of comments) {
            link(node, items);
        }
    }

    function commentsIn(code) {
        const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
        const found = [];
        while (walker.nextNode()) {
            if (/# ?\(\d+\)!/.test(walker.currentNode.data)) {
                found.push(walker.currentNode);
            }
        }
        return found;
    }

    // Right below the fence, what it printed and how it was verified.
    function listBelow(pre) {
        let below = pre.closest('.exemplar-listing') || pre;
        do {
            below = below.nextElementSibling;
        } while (below && below.matches('pre, .exemplar-detail, .exemplar-mark, .exemplar-shown'));
        return below && below.matches('ol') ? below : null;
    }

    function link(node, items) {
        const [before, number, after] = node.data.split(/# ?\((\d+)\)!/);
        const item = items[number - 1];
        if (!item) {
            return;
        }
        const anchor = document.createElement('a');
        anchor.className = 'exemplar-callout';
        anchor.href = `#${item.id}`;
        anchor.textContent = number;
        anchor.setAttribute('aria-label', `note ${number}`);
        node.data = before.replace(/[ \t]+$/, ' ');
        node.after(anchor, after || '');
    }
})();

// A summary is one control: nothing within it may be another.
document.querySelectorAll('summary pre > .buttons').forEach(buttons => buttons.remove());

// mdBook's copy buttons ask this global function for the text: wrapping it keeps their tooltip and their errors.
(function copyOnlyCode() {
    const textOf = window.playground_text;
    if (!textOf) {
        return;
    }
    window.playground_text = function(pre, hidden) {
        const code = pre.querySelector('code');
        if (!code || code.matches('.editable')) {
            return textOf(pre, hidden);
        }
        return exemplarCode(code, hidden);
    };
})();

// The text of a listing without what is not code. Hidden lines go where the reader has hidden them.
function exemplarCode(code, hidden = true) {
    const copy = code.cloneNode(true);
    copy.querySelectorAll('.exemplar-prompt, .exemplar-printed, .exemplar-callout').forEach(part => part.remove());
    if (!hidden && code.classList.contains('hide-boring')) {
        copy.querySelectorAll('.boring').forEach(line => line.remove());
    }
    return copy.textContent.replace(/[ \t]+$/gm, '');
}

// A second button copies the whole session, set-up that is not shown and code of other fences included.
(function copySession() {
    const stores = document.querySelectorAll('.exemplar-sessions');
    // Of the page with all chapters, each has sessions with the same numbers.
    if (stores.length !== 1) {
        return;
    }
    for (const { dataset } of stores[0].children) {
        for (const code of document.querySelectorAll(`code.exemplar-session-${dataset.session}`)) {
            const buttons = code.parentElement.querySelector('.buttons');
            if (buttons) {
                buttons.prepend(button(dataset.code));
            }
        }
    }

    function button(text) {
        const element = document.createElement('button');
        element.type = 'button';
        element.className = 'exemplar-copy-session';
        element.title = 'Copy the whole session';
        element.setAttribute('aria-label', 'Copy the whole session');
        element.textContent = 'session';
        element.addEventListener('click', async function() {
            element.textContent = await copied(text) ? 'copied!' : 'not copied';
            setTimeout(() => { element.textContent = 'session'; }, 1500);
        });
        return element;
    }

    async function copied(text) {
        try {
            await navigator.clipboard.writeText(text);
            return true;
        } catch (_) {
            // Not every browser has a clipboard for pages that come from files.
            const area = document.createElement('textarea');
            area.value = text;
            document.body.append(area);
            area.select();
            const done = document.execCommand('copy');
            area.remove();
            return done;
        }
    }
})();

// A button in the menu hides prompts and output of the page.
(function hidePrompts() {
    const menu = document.querySelector('#mdbook-menu-bar .right-buttons');
    if (!menu || !document.querySelector('.exemplar-prompt, .exemplar-output')) {
        return;
    }
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'icon-button exemplar-prompts-toggle';
    button.textContent = '>>>';
    button.title = 'Hide prompts and output';
    button.setAttribute('aria-label', 'Hide prompts and output');
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', function() {
        const hides = document.documentElement.classList.toggle('exemplar-only-code');
        button.setAttribute('aria-pressed', String(hides));
    });
    menu.prepend(button);
})();
