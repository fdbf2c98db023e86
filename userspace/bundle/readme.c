// SPDX-License-Identifier: GPL-2.0-or-later
#include "readme.h"

#include "bundle.h"
#include "ledger/chain.h"
#include "ledger/seal.h"
#include "report/text.h"

static const char what[] =
	"What is in it\n"
	"\n"
	"  report.html     what happened, for the customer; ticket.md and vendor.txt say it shorter\n"
	"  incident.json   the figures that these are made of\n"
	"  packets.pcapng  the packets of the transactions in the evidence table, when they were kept\n"
	"  grant/          what the customer signed, the signature, the certificate\n"
	"  with/           what else was put to it\n"
	"  chain.txt       the ledger's entries from the incident's first one on, seven lines each\n"
	"  heads.txt       the sealed heads over them; head.txt and head.sig are the last one\n"
	"  first.txt       the ledger's first entry: it names the key, its hash names the ledger\n"
	"  witness/        counter-signatures and time stamps of heads\n"
	"  ledger.pem      the public key. A forger would put a key of his own here: take the key,\n"
	"                  or compare it, from where it was published before the incident\n"
	"  verify.html     checks this file in a browser, without a network\n"
	"  SHA256SUMS      of all of these\n"
	"  bundle.sig      the signature of every byte of the file before it\n"
	"\n";

static const char file_1[] =
	"1. That no byte of the file was changed\n"
	"\n"
	"With the file as bundle.tar, and ledger.pem from elsewhere, in one folder (openssl, coreutils):\n"
	"\n"
	"    set -e\n"
	"    head -c -2048 bundle.tar >signed\n"
	"    tail -c 1536 bundle.tar | head -c 64 >signature\n"
	"    openssl pkeyutl -verify -pubin -inkey ledger.pem -rawin -in signed -sigfile signature\n"
	"    tail=$( (tail -c 2048 bundle.tar | head -c 512; tail -c 1472 bundle.tar) | sha256sum)\n"
	"    test \"$tail\" = '";

static const char file_2[] =
	"  -'\n"
	"\n"
	"The last two lines are for the 1984 bytes around the signature, which are the same in every\n"
	"bundle. If any command fails, the file is not what was signed.\n"
	"\n"
	"2. That the entries are the ledger's, without a gap\n"
	"\n"
	"    tar -xf bundle.tar && cd stopgap-bundle\n"
	"    sha256sum -c --quiet --strict SHA256SUMS\n"
	"    openssl pkeyutl -verify -pubin -inkey ledger.pem -rawin -in head.txt -sigfile head.sig\n"
	"    split -l 7 --filter='head -c -1 | sha256sum' chain.txt | cut -d ' ' -f 1 >../hashes\n"
	"    split -l 7 --filter='head -n 2 | tail -n 1' chain.txt | cut -d ' ' -f 2 >../before\n"
	"    test \"$(head -n -1 ../hashes)\" = \"$(tail -n +2 ../before)\"\n"
	"    test \"hash $(tail -n 1 ../hashes)\" = \"$(tail -n 1 head.txt)\"\n"
	"    test \"ledger $(sha256sum first.txt | cut -d ' ' -f 1)\" = \"$(head -n 2 head.txt | tail -n 1)\"\n"
	"\n"
	"Each entry carries the hash of the one before it (line 2), and the last one's hash is in the\n"
	"signed head. An entry of type ledger.unsealed says which ones a start found without a head:\n"
	"until then whoever could write the ledger's file could change these. Whoever has the whole\n"
	"ledger.db can see that these are its entries:\n"
	"\n"
	"  sqlite3 -readonly ledger.db 'SELECT lower(hex(hash)) FROM entry WHERE seq BETWEEN ";

static const char rest[] =
	"\n"
	"3. That the customer signed the grant (when there is one; S is its serial)\n"
	"\n"
	"  openssl cms -verify -binary -inform DER -in grant/S.sig -content grant/S.grant \\\n"
	"          -certfile CERT.pem -CAfile CERT.pem -purpose any -out /dev/null\n"
	"\n"
	"CERT.pem is the customer's certificate as it is known from elsewhere. grant/S.pem, when it is\n"
	"there, is the one that lay beside the grant.\n"
	"\n"
	"4. That others saw the head, and when (when witness/ is there)\n"
	"\n"
	"  openssl ts -verify -data witness/head-N.txt -in witness/head-N-X.tsr -CAfile TSA.pem\n"
	"  stopgap ledger verify --witness witness/head-N-X.witness ledger.db\n"
	"\n"
	"5. That the packets say the same\n"
	"\n"
	"  tshark -r packets.pcapng       or: stopgap trace --pcap packets.pcapng\n";

void sgap_bundle_readme(struct sgap_text *t, const struct sgap_bundle_cfg *cfg,
			const struct sgap_bundle_made *made)
{
	char hex[SGAP_HASH_HEX];

	sgap_text_addf(t, "Incident %llu of a Stopgap ledger\n\n", (unsigned long long)cfg->n);
	sgap_text_addf(t, "Entries %llu to %llu of the ledger, sealed with the Ed25519 key\n%s.\n",
		       (unsigned long long)made->first, (unsigned long long)made->last,
		       sgap_hex(hex, sgap_seal_public(cfg->seal), SGAP_SEAL_KEY));
	if (made->unsealed)
		sgap_text_addf(t, "%llu later entries about the incident had no head yet: they are not in it.\n",
			       (unsigned long long)made->unsealed);
	sgap_text_add(t, "\n");
	sgap_text_add(t, what);
	sgap_text_add(t, file_1);
	if (sgap_bundle_tail(hex, sizeof(hex)))
		t->err = -1;
	sgap_text_add(t, hex);
	sgap_text_add(t, file_2);
	sgap_text_addf(t, "%llu AND %llu ORDER BY seq' | cmp - ../hashes\n",
		       (unsigned long long)made->first, (unsigned long long)made->last);
	sgap_text_add(t, rest);
}
