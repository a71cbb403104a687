# `make book` and `make test` are the two set-up commands: each makes ready what it needs (setup/prepare), then does its work.
# One cargo profile (release) everywhere, so that dependencies compile once.

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
# `--examples` (there are none) lets Cargo choose the features of dependencies as it does for tests: else `make book` and `make test` would
# each compile Typst for itself, 10 minutes and more.
BUILD := build --release --locked --workspace --bins --examples

.PHONY: book test test-pythons bench lint format-check clippy doc setup setup-test requirements clean

# Builds exemplar, then the book into dist/html.
book: setup
	$(CARGO) $(BUILD)
	"$(TARGET)/release/exemplar" build
	@echo "the book is in dist/html: open $(CURDIR)/dist/html/index.html"

# Builds everything, then runs all tests. The tests verify and build the book too.
test: setup-test
	$(CARGO) build --release --locked --workspace --all-targets
	# By itself: together with the others, the features of what both depend on would have Typst compiled anew.
	$(CARGO) build --release --locked -p exemplar-remote --features remote-cache
	PATH="$(abspath $(TARGET))/tools/bin:$$PATH" $(CARGO) test --release --locked --workspace
	$(CARGO) test --release --locked -p exemplar-remote --features remote-cache

# What must hold for every CPython that pyenv has, from 3.10 to 3.13: faults, confinement and interruption, in the second host, and
# embedded in a worker that is built for it.
test-pythons: setup-test
	$(CARGO) $(BUILD)
	@set -e; for prefix in $$(ls -d $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.1[0-3].*); do \
		workers=$(abspath $(TARGET))/pythons/$$(basename $$prefix); \
		echo "test-pythons: $$prefix, external"; \
		EXEMPLAR_TEST_PREFIX=$$prefix $(CARGO) test --release --locked --workspace --test suite -- $(FOR_EVERY_PYTHON); \
		echo "test-pythons: $$prefix, embedded"; \
		PYO3_PYTHON=$$prefix/bin/python $(CARGO) build --release --locked -p exemplar-worker --target-dir $$workers; \
		EXEMPLAR_TEST_WORKER=$$workers/release/exemplar-python EXEMPLAR_TEST_PREFIX=$$prefix \
			$(CARGO) test --release --locked --workspace --test suite -- $(FOR_EVERY_PYTHON); \
	done

FOR_EVERY_PYTHON := faults confinement interrupt second_host

# What the issues promise, measured: ratios side by side on this machine. The peers are installed into the user's cache.
bench: setup-test
	$(CARGO) $(BUILD)
	tests/bench/confinement.py "$(TARGET)/release/exemplar"
	tests/bench/cache.py "$(TARGET)/release/exemplar"
	tests/bench/serve.py "$(TARGET)/release/exemplar"
	tests/bench/build.py "$(TARGET)/release/exemplar"
	tests/bench/speed.py "$(TARGET)/release/exemplar"
	PATH="$(abspath $(TARGET))/tools/bin:$$PATH" tests/bench/site.py "$(TARGET)/release/exemplar" mdbook
	tests/bench/fix_killed.py "$(TARGET)/release/exemplar"
	tests/bench/pdf.py "$(TARGET)/release/exemplar"

lint: format-check clippy doc

format-check:
	$(CARGO) fmt --all --check

clippy: setup
	$(CARGO) clippy --release --workspace --all-targets --locked -- -D warnings
	$(CARGO) clippy --release -p exemplar-remote --all-targets --features remote-cache --locked -- -D warnings

# Private items are always documented here, so a link to one is no mistake.
doc: setup
	RUSTDOCFLAGS='-D warnings -A rustdoc::private_intra_doc_links' $(CARGO) doc --release --no-deps --workspace --locked --document-private-items

setup:
	@setup/prepare book

setup-test:
	@setup/prepare test

# Pins the packages of the book and of the tests anew, for every CPython that Exemplar embeds.
requirements:
	set -e; for folder in book tests; do \
		uv pip compile --universal --python-version 3.10 --generate-hashes --no-emit-index-url --upgrade \
			--custom-compile-command 'make requirements' $$folder/requirements.in --output-file $$folder/requirements.txt; \
	done

clean:
	$(CARGO) clean
	rm -rf dist .venv
