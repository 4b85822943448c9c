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
  .section .note.GNU-stack, "", @progbits
