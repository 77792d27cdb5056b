# make check        everything that CI runs
# make docs         write again what is generated: help texts, tables, schemas
# make site         build the site of the docs, which works from disk, in build/site; warnings are errors
# make pictures     take the pictures of the docs again, with Chromium
# make pythons      run all tests under each Python from 3.11 on that PATH has
# make validation   at a release: make pythons, then run all tests and write the result of each requirement
# make release      build sdist and wheel twice to the same bytes, check them, and write them to build/release
# make mutants      all mutants of the shipped rule set; CI tries every fortieth
# make lock         write the pinned requirements again, with hashes

BIN = .venv/bin
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-strip-extras \
	--no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.PHONY: check docs site pictures pythons validation release mutants lock

check:
	./.ci/run

docs:
	$(BIN)/cog -r -I docs docs/*.md README.md
	for what in rules trace profile redacted; do $(BIN)/assigner rules schema $$what > docs/schemas/$$what.schema.json; done

VERSION = $(shell sed -n 's/^VERSION = "\(.*\)"$$/\1/p' src/assigner/__about__.py)

site:
	$(BIN)/pip install --quiet --require-hashes -r requirements-docs.txt
	rm -rf build/site/$(VERSION)
	$(BIN)/python -m sphinx --quiet --fresh-env --fail-on-warning -b html -d build/doctrees -c docs/site . build/site/$(VERSION)

pictures:
	$(BIN)/python docs/pictures.py

pythons:
	./.ci/pythons

validation: pythons
	HYPOTHESIS_PROFILE=release $(BIN)/python -m pytest --validation=docs/validation.md --passed=build/pythons.txt

release:
	./.ci/release

mutants:
	$(BIN)/assigner rules test --coverage --mutants --at-least 97

lock:
	$(BIN)/pip install --quiet pip-tools
	$(COMPILE) --extra approval --extra cohort --extra dask --extra fast --extra fasta --extra forecast --extra report --extra interchange --extra ledger --extra trial --extra zarr --output-file requirements.txt pyproject.toml
	$(COMPILE) --extra dev --unsafe-package trial-assigner --output-file requirements-dev.txt pyproject.toml
	sed -i '/^# WARNING/,$$d' requirements-dev.txt
	$(COMPILE) --extra docs --constraint requirements-dev.txt --output-file requirements-docs.txt pyproject.toml
