// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin of QEMU's (docs/devel/tcg-plugins of its sources): how often each instruction of the
 * guest was executed. Its argument out=FILE gets a line for each block of instructions: how
 * often, and their addresses. For a VM with one CPU. The functions are declared here because
 * Debian has no package of their header.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;

extern int qemu_plugin_version;
int qemu_plugin_version = 4;

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
					   void (*fn)(uint64_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  void (*fn)(unsigned int cpu, void *arg), int flags,
					  void *arg);
void qemu_plugin_register_atexit_cb(uint64_t id, void (*fn)(uint64_t id, void *arg), void *arg);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

struct block {
	struct block *next;
	uint64_t times;
	size_t n;
	uint64_t addr[];
};

static struct block *blocks;
static const char *out;

static void executed(unsigned int cpu, void *arg)
{
	struct block *b = arg;

	(void)cpu;
	b->times++;
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb), i;
	struct block *b = malloc(sizeof(*b) + n * sizeof(b->addr[0]));

	(void)id;
	if (!b)
		abort();
	b->times = 0;
	b->n = n;
	for (i = 0; i < n; i++)
		b->addr[i] = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, i));
	b->next = blocks;
	blocks = b;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, 0, b);
}

static void finish(uint64_t id, void *arg)
{
	FILE *f = fopen(out, "w");
	const struct block *b;
	size_t i;

	(void)id;
	(void)arg;
	for (b = f ? blocks : NULL; b; b = b->next) {
		if (!b->times)
			continue;
		fprintf(f, "%" PRIu64, b->times);
		for (i = 0; i < b->n; i++)
			fprintf(f, " %" PRIx64, b->addr[i]);
		fputc('\n', f);
	}
	if (!f || fclose(f))
		perror(out);
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "hot: its argument is out=FILE\n");
		return -1;
	}
	out = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, finish, NULL);
	return 0;
}
