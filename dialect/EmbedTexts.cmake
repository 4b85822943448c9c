# Writes OUTPUT, a C++ file with the texts of FILES (paths below ROOT, separated by commas) as strings.
string(REPLACE "," ";" FILES "${FILES}")
set(entries "")
foreach(file IN LISTS FILES)
  file(READ "${ROOT}/${file}" text)
  string(APPEND entries "    {\"${file}\", R\"quoin_text(${text})quoin_text\"},\n")
endforeach()
file(WRITE "${OUTPUT}.new" "#include \"dialect/Library.h\"

static constexpr quoin::EmbeddedText texts[] = {
${entries}    {nullptr, {}}};

llvm::ArrayRef<quoin::EmbeddedText> quoin::embeddedTexts() { return llvm::ArrayRef(texts).drop_back(); }
")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}" ONLY_IF_DIFFERENT)
