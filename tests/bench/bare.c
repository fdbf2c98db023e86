// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: bare FILE
 * The least that a program on libpcap does: pcap_loop() over a capture with a callback that
 * only counts. What the offline source may be measured by.
 */
#include <pcap/pcap.h>
#include <stdio.h>

static void count(u_char *user, const struct pcap_pkthdr *head, const u_char *bytes)
{
	unsigned long *n = (void *)user;

	(void)bytes;
	*n += head->caplen != 0;
}

int main(int argc, char **argv)
{
	char err[PCAP_ERRBUF_SIZE];
	unsigned long n = 0;
	pcap_t *p;
	int ret;

	if (argc != 2) {
		fprintf(stderr, "usage: bare FILE\n");
		return 2;
	}
	p = pcap_open_offline(argv[1], err);
	if (!p) {
		fprintf(stderr, "bare: %s\n", err);
		return 1;
	}
	ret = pcap_loop(p, -1, count, (u_char *)&n);
	printf("%lu\n", n);
	pcap_close(p);
	return ret ? 1 : 0;
}
