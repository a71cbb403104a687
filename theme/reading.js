'use strict';

// What a reader of many chapters wants: where they stopped, what they have read, downloads, and a look at what a link leads to.
// Nothing of it leaves the browser.

(function rememberProgress() {
    const root = new URL(typeof path_to_root === 'string' ? path_to_root || './' : './', location.href);
    const book = document.querySelector('.menu-title');
    const main = document.querySelector('main');
    if (!book || !main || document.querySelectorAll('.exemplar-verified').length > 1) {
        return;
    }
    const key = `exemplar-progress:${book.textContent.trim()}`;
    const isAt = url => url.origin === root.origin && url.pathname.startsWith(root.pathname);
    const pathOf = url => url.pathname.slice(root.pathname.length) || 'index.html';
    const here = pathOf(location);
    const state = read();

    markSidebar();
    offerToContinue();
    // The first chapter is also index.html, which is where readers come back to.
    if (here !== 'index.html' && here !== '404.html') {
        noteWhatIsRead();
        document.addEventListener('visibilitychange', () => document.hidden && noteWhereWeAre());
        window.addEventListener('pagehide', noteWhereWeAre);
    }

    function read() {
        try {
            const { read = {}, last = null } = JSON.parse(localStorage.getItem(key)) || {};
            return { read, last };
        } catch (_) {
            return { read: {}, last: null };
        }
    }

    function write() {
        try {
            localStorage.setItem(key, JSON.stringify(state));
        } catch (_) {
            // Private windows may refuse; then nothing is remembered.
        }
    }

    // A page is read when its end was seen after scrolling. One that fits the window is read by staying on it, or by going on.
    function noteWhatIsRead() {
        const STAY = 15000;
        const end = document.createElement('span');
        main.append(end);
        let isAtEnd = false;
        let hasScrolled = false;
        let staying;
        const observer = new IntersectionObserver(function(entries) {
            isAtEnd = entries[entries.length - 1].isIntersecting;
            clearTimeout(staying);
            if (isAtEnd && hasScrolled) {
                markRead();
            } else if (isAtEnd) {
                staying = setTimeout(() => document.hidden || markRead(), STAY);
            }
        });
        observer.observe(end);
        window.addEventListener('scroll', function() {
            hasScrolled = true;
            if (isAtEnd) {
                markRead();
            }
        }, { passive: true, once: true });
        const goesOn = event => event.type === 'keydown' ? event.key === 'ArrowRight' : event.target.closest?.('a[rel~="next"]');
        for (const kind of ['click', 'keydown']) {
            document.addEventListener(kind, event => isAtEnd && goesOn(event) && markRead());
        }

        function markRead() {
            clearTimeout(staying);
            observer.disconnect();
            state.read[here] = 1;
            write();
            markSidebar();
        }
    }

    function noteWhereWeAre() {
        const headings = [...main.querySelectorAll(':is(h1, h2, h3)[id]')];
        const above = headings.filter(heading => heading.getBoundingClientRect().top < 120).pop();
        const title = (main.querySelector('h1') || document.querySelector('title')).textContent.trim();
        const section = above && above.tagName !== 'H1' ? above : null;
        state.last = {
            path: here,
            hash: section ? `#${section.id}` : '',
            title: section ? `${title}: ${section.textContent.trim()}` : title,
        };
        write();
    }

    function markSidebar() {
        for (const link of document.querySelectorAll('#mdbook-sidebar .chapter a[href]')) {
            const url = new URL(link.href);
            const isRead = isAt(url) && !url.hash && state.read[pathOf(url)];
            if (isRead && !link.querySelector('.exemplar-read')) {
                const mark = document.createElement('span');
                mark.className = 'exemplar-read';
                mark.setAttribute('role', 'img');
                mark.setAttribute('aria-label', 'read');
                mark.textContent = '✓';
                link.append(' ', mark);
            }
        }
    }

    function offerToContinue() {
        const { last } = state;
        const first = document.querySelector('#mdbook-sidebar .chapter a[href]');
        const isFirst = here === 'index.html' || (first && pathOf(new URL(first.href)) === here);
        if (!last || !isFirst || last.path === here) {
            return;
        }
        const offer = document.createElement('p');
        offer.className = 'exemplar-continue';
        const link = document.createElement('a');
        link.href = new URL(last.path + last.hash, root).href;
        link.textContent = last.title;
        offer.append('Continue reading: ', link);
        main.prepend(offer);
    }
})();

// The downloads at the end of the page, in the menu too.
(function menuOfDownloads() {
    const downloads = document.querySelector('main > .exemplar-downloads');
    const menu = document.querySelector('#mdbook-menu-bar .right-buttons');
    if (!downloads || !menu) {
        return;
    }
    const details = document.createElement('details');
    details.className = 'exemplar-download-menu';
    const summary = document.createElement('summary');
    summary.className = 'icon-button';
    summary.title = 'Downloads';
    summary.setAttribute('aria-label', 'Downloads');
    summary.innerHTML = '<svg class="exemplar-icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3v11m-5-5 5 5 5-5M4 16v4h16v-4"/></svg>';
    const list = document.createElement('ul');
    for (const link of downloads.querySelectorAll('a')) {
        const item = document.createElement('li');
        item.append(link.cloneNode(true));
        list.append(item);
    }
    details.append(summary, list);
    menu.prepend(details);
    document.addEventListener('click', event => details.contains(event.target) || details.removeAttribute('open'));
    details.addEventListener('keydown', function(event) {
        if (event.key === 'Escape' && details.open) {
            details.open = false;
            summary.focus();
        }
    });
})();

// What a cross-reference leads to, while it is hovered or focused. It can be hovered itself, and put away with Escape (WCAG 1.4.13).
(function previewReferences() {
    const main = document.querySelector('main');
    if (!main || !window.matchMedia('(hover: hover)').matches) {
        return;
    }
    const preview = document.createElement('div');
    preview.className = 'exemplar-preview';
    preview.id = 'exemplar-preview';
    preview.setAttribute('role', 'tooltip');
    preview.hidden = true;
    main.append(preview);
    let waiting;
    let shownFor = null;
    let loadingSections = null;
    const pages = new Map();

    const referenceAt = event => event.target.closest
        && event.target.closest('main a[href]:not(.header, .exemplar-callout, [download])');
    main.addEventListener('mouseover', begin);
    main.addEventListener('focusin', begin);
    main.addEventListener('mouseout', end);
    main.addEventListener('focusout', end);
    preview.addEventListener('mouseenter', () => clearTimeout(waiting));
    document.addEventListener('keydown', event => event.key === 'Escape' && hide());

    function begin(event) {
        const link = referenceAt(event);
        if (link && !preview.contains(link)) {
            clearTimeout(waiting);
            waiting = setTimeout(() => show(link), 350);
        }
    }

    function end(event) {
        if (referenceAt(event) || preview.contains(event.target)) {
            clearTimeout(waiting);
            waiting = setTimeout(hide, 250);
        }
    }

    function hide() {
        preview.hidden = true;
        if (shownFor) {
            shownFor.removeAttribute('aria-describedby');
            shownFor = null;
        }
    }

    async function show(link) {
        const text = await excerptOf(new URL(link.href));
        if (!text || !link.matches(':hover, :focus')) {
            return;
        }
        preview.replaceChildren(...text.map(function(part, index) {
            const line = document.createElement(index === 0 ? 'strong' : 'p');
            line.textContent = part;
            return line;
        }));
        hide();
        preview.hidden = false;
        shownFor = link;
        link.setAttribute('aria-describedby', preview.id);
        const at = link.getBoundingClientRect();
        const within = main.getBoundingClientRect();
        const left = Math.min(at.left, within.right - preview.offsetWidth);
        preview.style.left = `${Math.max(left, within.left) + window.scrollX}px`;
        const below = at.bottom + preview.offsetHeight + 12 < window.innerHeight;
        preview.style.top = `${window.scrollY + (below ? at.bottom + 6 : at.top - preview.offsetHeight - 6)}px`;
    }

    // A heading and the first paragraph below it. Other pages are fetched; from files, where that is not allowed, the index of mdBook's
    // search has their sections.
    async function excerptOf(url) {
        const isHere = url.pathname === location.pathname;
        if (url.origin !== location.origin || url.protocol !== location.protocol || (isHere && !url.hash)) {
            return null;
        }
        if (!isHere && location.protocol === 'file:') {
            return sectionOf(url, await sections());
        }
        const page = isHere ? document : await pageAt(url);
        const id = url.hash && decodeURIComponent(url.hash.slice(1));
        const target = page && (id ? page.getElementById(id) : page.querySelector('main h1'));
        if (!target || target.closest('nav')) {
            return null;
        }
        const heading = target.matches('h1, h2, h3, h4, h5, h6') ? target : target.querySelector('h1, h2, h3, h4, figcaption, dt, strong');
        let body = target.matches('h1, h2, h3, h4, h5, h6, dt') ? target.nextElementSibling : target.querySelector('p, dd');
        while (body && !body.matches('p, dd, ul, ol')) {
            body = body.nextElementSibling;
        }
        return told(heading ? heading.textContent : '', body ? body.textContent : '');
    }

    function told(heading, body) {
        const words = body.trim().replace(/\s+/g, ' ');
        const short = words.length > 280 ? `${words.slice(0, 280).replace(/\s\S*$/, '')} …` : words;
        const parts = [heading.trim(), short].filter(Boolean);
        return parts.length > 0 ? parts : null;
    }

    function sectionOf(url, index) {
        const root = new URL(path_to_root || './', location.href);
        if (!index || !url.pathname.startsWith(root.pathname)) {
            return null;
        }
        const path = decodeURIComponent(url.pathname.slice(root.pathname.length));
        const wanted = path + decodeURIComponent(url.hash);
        const number = index.doc_urls.findIndex(known => url.hash ? known === wanted : known.split('#')[0] === path);
        const section = index.index.documentStore.docs[number];
        return section ? told(section.title, section.body) : null;
    }

    // A script may be loaded where data may not.
    function sections() {
        loadingSections = loadingSections || new Promise(function(resolve) {
            if (!window.path_to_searchindex_js) {
                resolve(null);
                return;
            }
            window.search = window.search || {};
            const script = document.createElement('script');
            script.src = window.path_to_searchindex_js;
            script.onload = () => resolve(window.search.doc_urls ? window.search : null);
            script.onerror = () => resolve(null);
            document.head.append(script);
        });
        return loadingSections;
    }

    async function pageAt(url) {
        const address = url.origin + url.pathname;
        if (!pages.has(address)) {
            const loading = fetch(address).then(answer => answer.ok ? answer.text() : null)
                .then(html => html && new DOMParser().parseFromString(html, 'text/html'))
                .catch(() => null);
            pages.set(address, loading);
        }
        return pages.get(address);
    }
})();
