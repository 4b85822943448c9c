/* What both C examples need of the C library: whole files, and memory at a multiple of 64. */
#ifndef EXAMPLES_FILES_H
#define EXAMPLES_FILES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The bytes of a file; the program ends where there is none. */
static void *readAll(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  long length = -1;
  char *data = NULL;
  if (file && fseek(file, 0, SEEK_END) == 0)
    length = ftell(file);
  if (length >= 0)
    data = malloc((size_t)length + 1);
  if (!data || fseek(file, 0, SEEK_SET) != 0 || fread(data, 1, (size_t)length, file) != (size_t)length) {
    fprintf(stderr, "%s cannot be read\n", path);
    exit(1);
  }
  fclose(file);
  *bytes = (size_t)length;
  return data;
}

/* The same of a file whose size is known. */
static void *readExactly(const char *path, int64_t bytes) {
  size_t found;
  void *data = readAll(path, &found);
  if (bytes < 0 || found != (size_t)bytes) {
    fprintf(stderr, "%s has %lu bytes, expected %lld\n", path, (unsigned long)found, (long long)bytes);
    exit(1);
  }
  return data;
}

/* Memory that kernels work on; never of no bytes. */
static void *aligned(int64_t bytes) {
  char *memory = bytes >= 0 ? malloc((size_t)bytes + 64) : NULL;
  if (!memory) {
    fprintf(stderr, "no memory of %lld bytes\n", (long long)bytes);
    exit(1);
  }
  return memory + (64 - (size_t)memory % 64);
}

#endif
