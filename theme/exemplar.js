'use strict';

// What mdBook's own script lacks for verified examples: a copy button that leaves prompts and output out, and the
// keyboard's way to what the pointer shows. A page without this script says the same; nothing here changes its text.
//
// mdBook loads it after its own book.js, so the code is highlighted and the buttons exist.

(function copyOnlyCode() {
    // mdBook's copy buttons ask this global function for the text: wrapping it keeps their tooltip and their errors.
    const textOf = window.playground_text;
    if (!textOf) {
        return;
    }
    const sessions = [
        { selector: 'code.language-pycon, code.language-python-repl', first: '>>>', next: '...' },
        { selector: 'code.language-console, code.language-shell-session', first: '$', next: '>' },
    ];
    window.playground_text = function(pre, hidden) {
        const text = textOf(pre, hidden);
        const session = sessions.find(({ selector }) => pre.querySelector(selector));
        return session ? codeOf(text, session) : text;
    };

    // As doctest reads a session: the second prompt goes on an example only right below its code; elsewhere it is output.
    function codeOf(text, { first, next }) {
        const code = [];
        let prompts = 0;
        let inCode = false;
        for (const line of text.split('\n')) {
            const [, prompt, rest] = line.match(/^\s*(\S+)(?: (.*))?$/) || [];
            inCode = prompt === first || (inCode && prompt === next);
            if (inCode) {
                prompts += 1;
                code.push(rest || '');
            } else if (prompts === 0) {
                code.push(line);
            }
        }
        return prompts === 0 ? text : code.join('\n') + '\n';
    }
})();

(function reachByKeyboard() {
    const main = document.querySelector('main');
    if (!main) {
        return;
    }

    const described = new Set();
    main.querySelectorAll('.exemplar-detail').forEach(function(detail, index) {
        detail.id = detail.id || `exemplar-detail-${index + 1}`;
        const pre = fenceAbove(detail);
        const code = pre && pre.querySelector('code');
        if (!code) {
            return;
        }
        code.setAttribute('aria-describedby', detail.id);
        described.add(code);

        // What appears on hover or focus can be put away without moving either (WCAG 1.4.13).
        const dismissed = value => () => detail.classList.toggle('exemplar-dismissed', value);
        document.addEventListener('keydown', event => event.key === 'Escape' && dismissed(true)());
        pre.addEventListener('mouseenter', dismissed(false));
        pre.addEventListener('focusin', dismissed(false));
    });

    function fenceAbove(detail) {
        let pre = detail.previousElementSibling;
        while (pre && pre.querySelector(':scope > .exemplar-output')) {
            pre = pre.previousElementSibling;
        }
        return pre && pre.tagName === 'PRE' ? pre : null;
    }

    // The `code` element is what scrolls sideways in mdBook's themes, so it takes the focus, not the `pre` around it.
    const scrolls = code => code.scrollWidth > code.clientWidth;
    function makeFocusable() {
        main.querySelectorAll('pre > code').forEach(function(code) {
            if (described.has(code) || scrolls(code)) {
                code.tabIndex = 0;
                code.setAttribute('role', 'group');
                code.setAttribute('aria-label', code.classList.contains('exemplar-output') ? 'output' : 'code');
            } else {
                code.removeAttribute('tabindex');
                code.removeAttribute('role');
                code.removeAttribute('aria-label');
            }
        });
    }
    new ResizeObserver(makeFocusable).observe(main);

    // mdBook turns the page on these keys; inside a wide listing they scroll it.
    main.addEventListener('keydown', function(event) {
        const isArrow = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
        if (isArrow && event.target.matches('pre > code') && scrolls(event.target)) {
            event.stopPropagation();
        }
    });
})();
