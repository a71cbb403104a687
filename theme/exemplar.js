'use strict';

// What mdBook's own script lacks for verified examples: tabs, folding, and the keyboard's way to what the pointer shows. A page without this script says the same; nothing here takes any of
// its text away.
//
// mdBook loads it after its own book.js, so the code is highlighted and the buttons exist.

// An id that no other element has, nor anything that an author names.
function exemplarUniqueId(name) {
    let number = 1;
    while (document.getElementById(`${name}-${number}`)) {
        number += 1;
    }
    return `${name}-${number}`;
}

// Long listings, from `fold=` of their fence.
(function foldLongListings() {
    document.querySelectorAll('.exemplar-listing[data-fold]').forEach(function(listing) {
        const code = listing.querySelector(':scope > pre > code.exemplar');
        if (!code) {
            return;
        }
        listing.style.setProperty('--exemplar-fold', listing.dataset.fold);
        code.id = code.id || exemplarUniqueId('exemplar-code');
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'exemplar-unfold';
        button.setAttribute('aria-controls', code.id);
        code.after(button);

        const all = linesOf(code);
        function fold(isFolded) {
            listing.classList.toggle('exemplar-folded', isFolded);
            button.setAttribute('aria-expanded', String(!isFolded));
            button.textContent = isFolded ? `show all ${all} lines` : `show the first ${listing.dataset.fold} lines`;
        }
        button.addEventListener('click', () => fold(!listing.classList.contains('exemplar-folded')));
        // What is searched or linked to in the hidden part must be seen.
        code.addEventListener('focusin', () => code.scrollTop && fold(false));
        code.addEventListener('scroll', function() {
            if (code.scrollTop > 0) {
                code.scrollTop = 0;
                fold(false);
            }
        });
        fold(true);
    });

    // Hidden lines are not counted: mdBook has a button of its own for them.
    function linesOf(code) {
        const shown = code.cloneNode(true);
        shown.querySelectorAll('.boring').forEach(hidden => hidden.remove());
        return shown.textContent.replace(/\n$/, '').split('\n').length;
    }
})();

// Variants of an example for several Pythons, as tabs (ARIA Authoring Practices Guide, "Tabs with automatic activation").
// The choice holds for all of them, on every page.
(function tabsForVariants() {
    const KEY = 'exemplar-python';
    const groups = Array.from(document.querySelectorAll('.exemplar-variants'), tabbed).filter(Boolean);
    const remembered = read();
    groups.forEach(group => group.choose(remembered));

    function tabbed(element) {
        const panels = Array.from(element.querySelectorAll(':scope > .exemplar-variant'));
        const labels = panels.map(panel => panel.querySelector('.exemplar-version')?.textContent);
        if (panels.length < 2 || labels.some(label => !label)) {
            return null;
        }
        const list = document.createElement('div');
        list.className = 'exemplar-tabs';
        list.setAttribute('role', 'tablist');
        list.setAttribute('aria-label', 'Python versions');
        const tabs = panels.map(function(panel, index) {
            const tab = document.createElement('button');
            tab.type = 'button';
            tab.id = exemplarUniqueId('exemplar-tab');
            tab.textContent = labels[index];
            tab.setAttribute('role', 'tab');
            panel.id = panel.id || exemplarUniqueId('exemplar-variant');
            tab.setAttribute('aria-controls', panel.id);
            panel.setAttribute('role', 'tabpanel');
            panel.setAttribute('aria-labelledby', tab.id);
            list.append(tab);
            return tab;
        });
        element.prepend(list);

        function select(chosen) {
            tabs.forEach(function(tab, index) {
                tab.setAttribute('aria-selected', String(index === chosen));
                tab.tabIndex = index === chosen ? 0 : -1;
                panels[index].hidden = index !== chosen;
            });
        }
        tabs.forEach((tab, index) => tab.addEventListener('click', () => chooseEverywhere(labels[index], tab)));
        list.addEventListener('keydown', function(event) {
            const at = tabs.indexOf(document.activeElement);
            const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
            if (at < 0 || next === undefined) {
                return;
            }
            // mdBook turns the page on the arrows.
            event.preventDefault();
            event.stopPropagation();
            const tab = tabs[(next + tabs.length) % tabs.length];
            tab.focus();
            tab.click();
        });
        // A link may lead into a variant that is not the chosen one.
        const target = () => panels.findIndex(panel => location.hash && panel.id === decoded(location.hash.slice(1)));
        window.addEventListener('hashchange', function() {
            if (target() >= 0) {
                select(target());
                panels[target()].scrollIntoView();
            }
        });
        select(Math.max(target(), 0));
        return {
            choose(label) {
                if (labels.includes(label) && target() < 0) {
                    select(labels.indexOf(label));
                }
            },
            select,
            labels,
        };
    }

    function chooseEverywhere(label, tab) {
        const before = tab.getBoundingClientRect().top;
        groups.filter(group => group.labels.includes(label)).forEach(group => group.select(group.labels.indexOf(label)));
        try {
            localStorage.setItem(KEY, label);
        } catch (_) {
            // Private windows may refuse; then the choice holds for this page.
        }
        // Variants above may have changed their height: what the reader looks at stays where it is.
        window.scrollBy(0, tab.getBoundingClientRect().top - before);
    }

    function read() {
        try {
            return localStorage.getItem(KEY);
        } catch (_) {
            return null;
        }
    }

    function decoded(hash) {
        try {
            return decodeURIComponent(hash);
        } catch (_) {
            return hash;
        }
    }
})();

// How long each fence took stands in a file of its own: pages are the same in every build.
(function tellDurations() {
    const timings = document.querySelector('meta[name="exemplar-timings"]');
    const details = document.querySelectorAll('.exemplar-detail[data-fence]');
    if (!timings || details.length === 0) {
        return;
    }
    const script = document.createElement('script');
    script.src = timings.content;
    script.addEventListener('load', () => details.forEach(tell));
    document.head.append(script);

    function tell(detail) {
        const command = detail.querySelector('code');
        const path = command.textContent.replace(/^exemplar check /, '');
        const took = window.exemplarTimings?.[path]?.[detail.dataset.fence];
        if (typeof took === 'number') {
            command.before(`${inWords(took)} · `);
        }
    }

    function inWords(milliseconds) {
        if (milliseconds < 1) {
            return 'under 1 ms';
        }
        return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
    }
})();

(function reachByKeyboard() {
    const main = document.querySelector('main');
    if (!main) {
        return;
    }

    const described = new Set();
    main.querySelectorAll('.exemplar-detail').forEach(function(detail) {
        detail.id = detail.id || exemplarUniqueId('exemplar-detail');
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
        let above = detail.previousElementSibling;
        while (above && !above.querySelector(':scope > code.exemplar')) {
            above = above.previousElementSibling;
        }
        return above;
    }

    // What scrolls sideways takes the focus: the `code` element in mdBook's themes, not the `pre` around it, and tables.
    const scrolls = element => element.scrollWidth > element.clientWidth;
    // A summary is one control: nothing within it may be another.
    const wide = [...main.querySelectorAll('pre > code, .exemplar-rich, .table-wrapper')].filter(element => !element.closest('summary'));
    function nameOf(element) {
        if (element.matches('.exemplar-rich')) {
            return 'result';
        }
        if (element.matches('.table-wrapper')) {
            return 'table';
        }
        if (element.matches('.exemplar-warning')) {
            return 'warning';
        }
        return element.matches('.exemplar-output') ? 'output' : 'code';
    }
    function makeFocusable() {
        wide.forEach(function(element) {
            if (described.has(element) || scrolls(element)) {
                element.tabIndex = 0;
                element.setAttribute('role', 'group');
                element.setAttribute('aria-label', nameOf(element));
            } else {
                element.removeAttribute('tabindex');
                element.removeAttribute('role');
                element.removeAttribute('aria-label');
            }
        });
    }
    // Now, and not only when the browser first draws the page, which it may put off.
    makeFocusable();
    const observer = new ResizeObserver(makeFocusable);
    observer.observe(main);
    wide.forEach(element => observer.observe(element));

    // mdBook turns the page on these keys. Inside code they move a cursor or a selection, or scroll it (WCAG 2.1.1).
    const keepsPage = '.exemplar-rich, .table-wrapper, pre, .exemplar-tabs, details';
    document.addEventListener('keydown', function(event) {
        if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') {
            return;
        }
        const selection = document.getSelection();
        const at = selection.anchorNode && (selection.anchorNode.nodeType === Node.TEXT_NODE
            ? selection.anchorNode.parentElement : selection.anchorNode);
        const selects = event.target === document.body && at && at.closest('pre');
        if (selects) {
            event.stopImmediatePropagation();
        }
    }, true);
    main.addEventListener('keydown', function(event) {
        if ((event.key === 'ArrowLeft' || event.key === 'ArrowRight') && event.target.closest(keepsPage)) {
            event.stopPropagation();
        }
    });
})();
