// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: replay FILE|DIR...
 * Runs the harness once on each file, with no fuzzer: the corpus as a test.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs;

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t got;

	if (!f || fstat(fileno(f), &st)) {
		perror(path);
		if (f)
			fclose(f);
		return 1;
	}
	/* Of its exact size, so that ASan sees a read past its end. */
	data = malloc(st.st_size ? (size_t)st.st_size : 1);
	got = data ? fread(data, 1, (size_t)st.st_size, f) : 0;
	fclose(f);
	if (!data || got != (size_t)st.st_size) {
		fprintf(stderr, "%s: cannot be read\n", path);
		free(data);
		return 1;
	}
	LLVMFuzzerTestOneInput(data, got);
	free(data);
	inputs++;
	return 0;
}

static int replay(const char *path)
{
	char name[4096];
	struct dirent *e;
	int ret = 0;
	DIR *dir;

	dir = opendir(path);
	if (!dir)
		return replay_file(path);
	while (!ret && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		if ((size_t)snprintf(name, sizeof(name), "%s/%s", path, e->d_name) < sizeof(name))
			ret = replay_file(name);
	}
	closedir(dir);
	return ret;
}

int main(int argc, char **argv)
{
	int i, ret = 0;

	for (i = 1; i < argc && !ret; i++)
		ret = replay(argv[i]);
	printf("%lu inputs\n", inputs);
	return ret;
}
