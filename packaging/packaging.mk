# SPDX-License-Identifier: GPL-2.0-or-later
# Debian packages, built in a copy of the tree; they end up in $(B)/deb.

deb: ## Debian packages: stopgap, stopgap-dkms, libstopgap0, libstopgap-dev
	packaging/make-deb $(B)/deb

deb-check: deb ## install, use, upgrade and purge them in a root of their own (as root)
	packaging/check-deb $(B)/deb

.PHONY: deb deb-check
