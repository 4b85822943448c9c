/* Loads a bundle and prints its kernels, or the status that says why not. */
#include <quoin/runtime.h>

#include <stdio.h>

int main(int argc, char **argv) {
  quoin_bundle *bundle = NULL;
  quoin_error error;
  size_t i;
  if (argc != 2)
    return 2;
  if (quoin_bundle_create_from_file(argv[1], NULL, &bundle, &error) != QUOIN_OK) {
    printf("%s: %s\n", quoin_status_name(error.status), error.message);
    return 1;
  }
  for (i = 0; i < quoin_bundle_kernel_count(bundle); ++i) {
    quoin_kernel_info info;
    quoin_kernel_get_info(quoin_bundle_kernel(bundle, i), &info);
    printf("%s on %s\n", info.name, info.isa ? info.isa : "no machine like this");
  }
  quoin_bundle_release(bundle);
  return 0;
}
