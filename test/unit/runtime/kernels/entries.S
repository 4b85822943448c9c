/* The image begins with jumps at fixed places, so that the test knows its entry points. */
  .section .text.entries, "ax"
  .macro entry name
  .balign 16
  jmp \name
  .endm
  entry quantize
  entry matmul
  entry pack
  entry unpack
  entry decode
  entry matmul_stored
  entry quantize_floats
  entry matmul_floats
  .section .note.GNU-stack, "", @progbits
