/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page that verifies a bundle, or a chain file, in a browser. */
#ifndef SGAP_BUNDLE_PAGE_H
#define SGAP_BUNDLE_PAGE_H

struct sgap_text;

/* One HTML file. It loads nothing; its policy names its script and style by digest. */
void sgap_bundle_page(struct sgap_text *t);

#endif
