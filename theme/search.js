'use strict';

// Search that finds code. mdBook's own drops the stop words of English, fourteen of which are keywords of Python, and every sign.
//
// Over http, Pagefind's index beside the site is asked. Where there is none, or the page comes from a file, mdBook's index stays,
// and what it drops is looked for in the text that it holds.

(function searchThatFindsCode() {
    const bar = document.getElementById('mdbook-searchbar');
    const results = document.getElementById('mdbook-searchresults');
    const outer = document.getElementById('mdbook-searchresults-outer');
    const header = document.getElementById('mdbook-searchresults-header');
    const isFile = location.protocol === 'file:';
    const hasIndex = document.querySelector('meta[name="exemplar-search"]');
    if (!bar || !results) {
        return;
    }
    lookWhereTheIndexDoesNot();
    if (isFile || !hasIndex) {
        return;
    }

    // An element with this id keeps mdBook from loading its own index, a megabyte for a book.
    const stands = document.createElement('meta');
    stands.id = 'mdbook-search-index';
    document.head.append(stands);
    document.getElementById('mdbook-searchbar-outer').classList.remove('searching');

    let pagefind = null;
    let asked = '';
    const loading = () => {
        const root = new URL(path_to_root || './', location.href);
        pagefind = pagefind || import(new URL('pagefind/pagefind.js', root).href).then(async function(module) {
            await module.options({ baseUrl: root.pathname, excerptLength: 24 });
            await module.init();
            return module;
        });
        return pagefind;
    };
    bar.addEventListener('focus', () => loading().catch(giveUp), { once: true });
    // Before mdBook's own handler, which stands at the field itself.
    document.addEventListener('keyup', function(event) {
        if (event.target === bar) {
            event.stopImmediatePropagation();
            search(bar.value.trim());
        }
    }, true);
    // A page that was opened with ?search=, and what mdBook asked before this script came.
    if (bar.value.trim()) {
        search(bar.value.trim());
    }

    async function search(words) {
        if (words === asked) {
            return;
        }
        asked = words;
        remember(words);
        if (!words) {
            outer.classList.add('hidden');
            results.replaceChildren();
            return;
        }
        try {
            const module = await loading();
            // Stemmed words are close enough; code is looked for as it is written.
            const found = await module.search(words);
            const shown = await Promise.all(found.results.slice(0, 20).map(result => result.data()));
            if (asked === words) {
                show(words, found.results.length, shown.flatMap(partsOf));
            }
        } catch (error) {
            giveUp(error);
        }
    }

    // The sections of a page that hold the words, or the page.
    function partsOf(page) {
        const sections = page.sub_results.length > 0 ? page.sub_results.slice(0, 3) : [page];
        return sections.map(section => ({
            url: section.url,
            title: section.title === page.meta.title ? page.meta.title : `${page.meta.title} » ${section.title}`,
            excerpt: section.excerpt,
        }));
    }

    function show(words, pages, parts) {
        header.innerText = pages === 0 ? `No search results for '${words}'.`
            : `${pages} ${pages === 1 ? 'page' : 'pages'} for '${words}':`;
        results.replaceChildren(...parts.map(function({ url, title, excerpt }) {
            const item = document.createElement('li');
            const link = document.createElement('a');
            link.href = url;
            link.textContent = title;
            const teaser = document.createElement('span');
            teaser.className = 'teaser';
            // Pagefind escapes the text of a page and marks the words.
            teaser.innerHTML = excerpt;
            item.append(link, teaser);
            return item;
        }));
        outer.classList.remove('hidden');
    }

    // So that the way back from a result leads to the search.
    function remember(words) {
        const url = new URL(location.href);
        if (words) {
            url.searchParams.set('search', words);
            url.searchParams.delete('highlight');
        } else {
            url.searchParams.delete('search');
        }
        history.replaceState(history.state, '', url);
    }

    function giveUp(error) {
        console.warn(`the search index can't be used: ${error}`);
        header.innerText = 'The search index could not be loaded.';
        outer.classList.remove('hidden');
    }

    // What elasticlunr drops, whole words and signs, is looked for in the text that its index holds.
    function lookWhereTheIndexDoesNot() {
        if (!window.elasticlunr) {
            return;
        }
        const load = elasticlunr.Index.load;
        elasticlunr.Index.load = function(serialised) {
            const index = load.call(this, serialised);
            const search = index.search;
            index.search = function(words, options) {
                const found = search.call(this, words, options);
                return found.length > 0 && !/[^\w\s]|^\w+$/.test(words) ? found : exactFirst(this, words, found);
            };
            return index;
        };

        function exactFirst(index, words, found) {
            const quoted = words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
            const edge = sign => /\w/.test(sign) ? '\\b' : '';
            const whole = new RegExp(edge(words[0]) + quoted + edge(words[words.length - 1]), 'gi');
            const exact = [];
            for (const [ref, doc] of Object.entries(index.documentStore.docs)) {
                const inTitle = (doc.title.match(whole) || []).length;
                const inBody = (doc.body.match(whole) || []).length;
                if (inTitle + inBody > 0) {
                    exact.push({ ref, doc, score: inTitle * 10 + inBody });
                }
            }
            exact.sort((one, other) => other.score - one.score);
            const known = new Set(exact.map(result => result.ref));
            return exact.concat(found.filter(result => !known.has(result.ref)));
        }
    }
})();
