/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a page has room for, however long the incident and however many the servers. */
#ifndef SGAP_REPORT_FIT_H
#define SGAP_REPORT_FIT_H

struct sgap_incident;

#define SGAP_FIT_SERVERS 8u	/* the blamed one, the fallback, then the busiest */
#define SGAP_FIT_EVENTS 100u	/* the first half of them, and the last */
#define SGAP_FIT_ROWS 40u	/* of the evidence, the first ones */

/*
 * Leave out what is beyond the above (the incident says how much), and merge seconds until
 * the table of the series has about 6000 numbers: an HTML page stays below 300 kB.
 */
void sgap_fit(struct sgap_incident *inc);

#endif
