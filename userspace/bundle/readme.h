/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a bundle says of itself: what is in it, and how to check it without us. */
#ifndef SGAP_BUNDLE_README_H
#define SGAP_BUNDLE_README_H

struct sgap_bundle_cfg;
struct sgap_bundle_made;
struct sgap_text;

/* made: first, last and unsealed are used. */
void sgap_bundle_readme(struct sgap_text *t, const struct sgap_bundle_cfg *cfg,
			const struct sgap_bundle_made *made);

#endif
