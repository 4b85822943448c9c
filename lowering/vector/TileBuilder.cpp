// The body of one tile function.
//
// Columns are walked in runs that nest: what is unrolled (a "leaf" of one exact sum, a step of whole vectors of every plane),
// the groups that share an activation scale or a coefficient, blocks of the packed layout, all of K. Entering and leaving a
// run is where sums start and scales are applied; the order of runs is that of their lengths.
#include "lowering/vector/TileBuilder.h"

#include "lowering/tile/ActivationLayout.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace quoin::tile {

namespace {

/// Longest run of columns that becomes straight code, unless groups and planes need more to come out even.
constexpr int64_t mostUnrolled = 32;
/// Columns of a tile register.
constexpr int64_t mostInTile = 64;

/// What a tile carries from run to run, per vector and column of the tile; empty where no such run is open.
struct Sums {
  SmallVector<Value> integers; ///< exact, of the shorter group
  SmallVector<Value> inner;    ///< f32, of the longer group
  SmallVector<Value> outer;    ///< f32, of all so far

  SmallVector<Value> flat() const {
    SmallVector<Value> all = integers;
    llvm::append_range(all, inner);
    llvm::append_range(all, outer);
    return all;
  }
  void assign(ValueRange values) {
    for (auto *part : {&integers, &inner, &outer})
      for (Value &value : *part) {
        value = values.front();
        values = values.drop_front();
      }
  }
};

/// A place in K: `column` and `inBlock` are values, `fixed` what is added to both.
struct Place {
  Value column;
  Value inBlock;
  int64_t fixed = 0;
  SmallVector<Value> blocks = {}; ///< address of the block, by panel of the tile
};

class TileBuilder {
public:
  TileBuilder(OpBuilder &builder, MatmulOp op, const Target &target)
      : b(builder, op.getLoc(), target), op(op), layout(op.getLayout()), xLayout(op.getXLayout()), target(target),
        vectors(op.getRows() / target.lanes()), cols(op.getCols()), useWords(op.getRegime().getOperands() == Operands::Words),
        useMatrices(op.getRegime().getOperands() == Operands::Matrices),
        useTiles(op.getRegime().getOperands() == Operands::Tiles),
        plan(planDot(target, layout.highest() - layout.lowest(), op.getRegime().getOperands())),
        group(layout.getGroup()), xGroup(xLayout.getGroup()), shorter(shorterGroup(group, xGroup)),
        longer(longerGroup(group, xGroup)) {
    chooseRuns();
  }

  void build(func::FuncOp function) {
    Block *entry = function.addEntryBlock();
    b.setInsertionPointToStart(entry);
    auto argument = entry->getArguments().begin();
    for (Value *value : {&weights, &numbersBase, &panelStride, &x, &xStride, &k, &firstBlock, &blocks, &y, &ldy, &bias, &valid,
                         &init, &finish, &fetch})
      *value = *argument++;
    prepareX();
    if (useTiles)
      tileSums = LLVM::AllocaOp::create(b, b.getLoc(), b.pointer(), b.getI8Type(), b.i64(4 * op.getRows() * cols), 64);
    Sums sums;
    kept(sums) = loadState();
    walkAll(sums);
    auto whole = [&] { return b.addTileBias(scaled(sums), bias, valid, vectors, cols); };
    auto part = [&] { return asFloats(kept(sums)); };
    b.storeTile(b.choose(finish, SmallVector<Type>(vectors * cols, b.floats()), whole, part), y, ldy, valid, vectors, cols);
    func::ReturnOp::create(b, b.getLoc());
  }

private:
  //===-- runs ----------------------------------------------------------------------------------------------------===//

  /// Lengths of the nested runs, ascending: each divides the next. All of K comes after them.
  void chooseRuns() {
    int64_t block = layout.getBlock(), planes = layout.chunkColumns();
    int64_t sumRun = shorter ? std::min(shorter, block) : block;
    leaf = sumRun;
    if (sumRun % planes == 0)
      while (leaf > (useTiles ? mostInTile : mostUnrolled) && leaf > planes)
        leaf = largestPart(leaf, planes);
    step = std::lcm(leaf, planes);
    if (longer && longer % step)
      step = std::lcm(step, longer);
    runs = {leaf, step, block};
    for (int64_t length : {shorter, longer})
      if (length)
        runs.push_back(length);
    llvm::sort(runs);
    runs.erase(llvm::unique(runs), runs.end());
  }

  /// The largest proper divisor of `length` that is a multiple of `unit`, `unit` if there is none between.
  static int64_t largestPart(int64_t length, int64_t unit) {
    for (int64_t part = 2; part <= length / unit; ++part)
      if (length % part == 0 && (length / part) % unit == 0)
        return length / part;
    return unit;
  }

  /// All columns asked for, in runs of the longest length.
  void walkAll(Sums &sums) {
    Value begin = b.scale(firstBlock, layout.getBlock()), end = b.add(begin, b.scale(blocks, layout.getBlock()));
    first = begin, last = end;
    sums.assign(b.loop(begin, end, runs.back(), sums.flat(), [&](Value column, ValueRange carried) {
      Sums inside = sums;
      inside.assign(carried);
      walk(runs.size() - 1, {column, {}}, inside);
      return inside.flat();
    }));
  }

  void walk(size_t run, Place place, Sums &sums) {
    int64_t length = runs[run];
    if (length == layout.getBlock())
      enterBlock(place);
    if (length == longer && longer != shorter)
      sums.inner = zeros(b.zeroFloats());
    if (length == shorter)
      sums.integers = zeros(b.zeroSums(32));
    if (length == step)
      prefetch(place);
    if (run == 0)
      accumulate(place, sums);
    else
      walkParts(run, place, sums);
    if (length == shorter)
      applyShorter(place, sums);
    if (length == longer && longer != shorter)
      applyLonger(place, sums);
  }

  void walkParts(size_t run, Place place, Sums &sums) {
    int64_t length = runs[run], part = runs[run - 1];
    if (length <= step) {
      for (int64_t at = 0; at < length; at += part) {
        Place inside = place;
        inside.fixed += at;
        walk(run - 1, inside, sums);
      }
      return;
    }
    // Past a block, the last run may be short.
    Value end = b.i64(length);
    if (length > layout.getBlock())
      end = b.min(end, b.sub(last, place.column));
    sums.assign(b.loop(b.i64(0), end, part, sums.flat(), [&](Value at, ValueRange carried) {
      Place inside = place;
      inside.column = b.add(place.column, at);
      if (place.inBlock)
        inside.inBlock = b.add(place.inBlock, at);
      Sums own = sums;
      own.assign(carried);
      walk(run - 1, inside, own);
      return own.flat();
    }));
  }

  void enterBlock(Place &place) {
    Value index = b.divide(b.sub(place.column, first), layout.getBlock());
    Value start = b.at(weights, b.scale(index, layout.blockBytes()));
    place.inBlock = b.i64(0);
    for (int64_t row = 0; row < op.getRows(); row += layout.getRows())
      place.blocks.push_back(row ? b.at(start, b.scale(panelStride, row / layout.getRows())) : start);
  }

  /// Fetches ahead this step's share of a block's lines, in all panels of the tile.
  void prefetch(const Place &place) {
    RegimeAttr regime = op.getRegime();
    if (regime.getFetch() == Fetch::None)
      return;
    bool every = regime.getFetch() == Fetch::Lines;
    int64_t share = layout.blockBytes() * step / layout.getBlock();
    auto lines = [&]() -> SmallVector<Value> {
      for (Value block : place.blocks) {
        Value from = b.at(block, b.scale(b.divide(place.inBlock, step), share));
        for (int64_t line = 0; line < (every ? share : 1); line += 64)
          b.prefetch(b.at(from, b.i64(regime.getDistance() + line)), every ? 3 : 2);
      }
      return {};
    };
    b.choose(fetch, {}, lines, [] { return SmallVector<Value>(); });
  }

  //===-- integers ------------------------------------------------------------------------------------------------===//

  /// Exact sums of one leaf, added to the integers.
  void accumulate(const Place &place, Sums &sums) {
    int64_t done = useMatrices ? multiplyMatrices(place, sums.integers)
                   : useTiles  ? multiplyTiles(place, sums.integers)
                               : 0;
    bool narrow = plan.accumulatorBits == 16;
    SmallVector<Value> partial(vectors * cols);
    if (!narrow)
      partial = sums.integers;
    int64_t quads = leaf / 4, steps = 0;
    for (int64_t quad = done / 4; quad < quads; ++quad) {
      Place at = place;
      at.fixed += 4 * quad;
      layout.holdsWords() ? multiplyWords(at, partial) : multiplyCodes(at, partial);
      if (narrow && (++steps == plan.stepsPerWiden || quad + 1 == quads)) {
        for (auto [sum, part] : llvm::zip_equal(sums.integers, partial)) {
          sum = b.add(sum, WidenOp::create(b, b.getLoc(), b.ints(), part));
          part = Value();
        }
        steps = 0;
      }
    }
    if (!narrow)
      sums.integers = partial;
  }

  /// Eight columns at a time, with two rows of X: sums of products of matrices, which are taken apart at the leaf's end.
  /// Returns how many columns that were; the leaf may have four more.
  int64_t multiplyMatrices(const Place &place, SmallVector<Value> &integers) {
    int64_t pairs = llvm::divideCeil(cols, 2), columns = leaf / 8 * 8;
    SmallVector<Value> low(vectors * pairs, b.zeroSums(32)), high = low;
    for (int64_t column = 0; column < columns; column += 8) {
      Place at = place, next = place;
      at.fixed += column, next.fixed += column + 4;
      SmallVector<std::pair<Value, Value>> codes;
      for (int64_t v = 0; v < vectors; ++v)
        codes.push_back(b.interleaveQuads(codesOf(at, v), codesOf(next, v)));
      for (int64_t pair = 0; pair < pairs; ++pair) {
        Value operand = xMatrix(2 * pair, at);
        for (int64_t v = 0; v < vectors; ++v)
          for (auto [sum, part] : {std::pair(&low[v * pairs + pair], codes[v].first), {&high[v * pairs + pair], codes[v].second}})
            *sum = DotMatrixOp::create(b, b.getLoc(), sum->getType(), *sum, part, operand);
      }
    }
    for (int64_t v = 0; v < vectors && columns; ++v)
      for (int64_t c = 0; c < cols; ++c) {
        Value &sum = integers[v * cols + c];
        sum = b.add(sum, b.everySecond(low[v * pairs + c / 2], high[v * pairs + c / 2], c % 2));
      }
    return columns;
  }

  /// The leaf as tiles, where it fits them. Returns how many columns that were: all or none.
  int64_t multiplyTiles(const Place &place, SmallVector<Value> &integers) {
    if (leaf > mostInTile)
      return 0;
    Value codes = b.at(b.codesAt(layout, blockOf(place, 0), place.inBlock, place.fixed), b.i64(4 * rowInPanel(0)));
    TileProductsOp::create(b, b.getLoc(), b.at(b.at(xRows[0], place.column), b.i64(place.fixed)), xStride, codes, tileSums,
                           op.getRows(), cols, leaf / 4);
    for (int64_t i = 0; i < vectors * cols; ++i)
      integers[i] = b.add(integers[i], b.load(b.ints(), b.at(tileSums, b.i64(64 * i))));
    return leaf;
  }

  /// Eight columns of rows c and c + 1 of X; of the last row twice where there is no other.
  Value xMatrix(int64_t c, const Place &place) {
    auto row = [&](int64_t each) { return b.at(b.at(xRows[std::min(each, cols - 1)], place.column), b.i64(place.fixed)); };
    return b.joinHalves(row(c), row(c + 1));
  }

  /// Four columns of packed codes of vector v.
  Value codesOf(const Place &at, int64_t v) {
    return b.codes(layout, blockOf(at, v), at.inBlock, at.fixed, rowInPanel(v), plan.offset());
  }

  /// Four columns of packed codes, decoded once for all rows of X.
  void multiplyCodes(const Place &at, SmallVector<Value> &partial) {
    SmallVector<SmallVector<Value>> codes;
    for (int64_t v = 0; v < vectors; ++v)
      codes.push_back(codeOperands(codesOf(at, v)));
    for (int64_t c = 0; c < cols; ++c) {
      SmallVector<Value> operands = xOperands(c, at);
      for (int64_t v = 0; v < vectors; ++v)
        for (auto [part, operand] : llvm::zip_equal(codes[v], operands))
          partial[v * cols + c] = dot(partial[v * cols + c], part, operand);
    }
  }

  /// The same of words, one half after the other: few vectors of codes are held in registers at a time.
  void multiplyWords(const Place &at, SmallVector<Value> &partial) {
    for (int64_t half : {0, 1}) {
      SmallVector<Value> codes;
      for (int64_t v = 0; v < vectors; ++v) {
        Value chunk = b.codesAt(layout, blockOf(at, v), at.inBlock, at.fixed);
        codes.push_back(b.load(b.words(), b.at(chunk, b.i64(4 * (half * layout.getRows() + rowInPanel(v))))));
      }
      for (int64_t c = 0; c < cols; ++c) {
        Value operand = xWordsAt(c, at, half);
        for (int64_t v = 0; v < vectors; ++v)
          partial[v * cols + c] = dot(partial[v * cols + c], codes[v], operand);
      }
    }
  }

  /// Codes as they are multiplied: bytes, or even and odd bytes as words.
  SmallVector<Value> codeOperands(Value codes) {
    if (!useWords)
      return {codes};
    auto words = WordsOp::create(b, b.getLoc(), b.words(), b.words(), codes, plan.isSigned);
    return {words.getEven(), words.getOdd()};
  }

  /// Four columns of row c of X in every 32-bit lane; words come as (0, 2) and (1, 3).
  SmallVector<Value> xOperands(int64_t c, const Place &place) {
    if (!useWords)
      return {b.broadcastQuad(b.bytes(), b.at(b.at(xRows[c], place.column), b.i64(place.fixed)))};
    return {xWordsAt(c, place, 0), xWordsAt(c, place, 1)};
  }

  Value xWordsAt(int64_t c, const Place &place, int64_t half) {
    Value row = b.at(xWords[c], b.scale(place.column, 2));
    return b.broadcastQuad(b.words(), b.at(row, b.i64(2 * place.fixed + 4 * half)));
  }

  Value dot(Value acc, Value codes, Value operand) {
    if (!acc)
      acc = b.zeroSums(plan.accumulatorBits);
    return DotOp::create(b, b.getLoc(), acc.getType(), acc, codes, operand, plan.isSigned || layout.holdsIntegers(),
                         plan.maxCode);
  }

  //===-- scales --------------------------------------------------------------------------------------------------===//

  int64_t constantOffset() { return layout.base() + plan.offset() - int64_t(op.getZero()); }

  /// What the dot products lack of (code - zero), as a multiple of the sum of X: constant part, then the stored one.
  SmallVector<Value> offsets(const Place &place) {
    int64_t constant = constantOffset();
    SmallVector<Value> perVector;
    for (int64_t v = 0; v < vectors; ++v) {
      Value stored = b.zeros(layout, numbers(v), blockOf(place, v), inBlock(place), rowInPanel(v));
      Value offset = constant ? b.splatInts(constant) : Value();
      if (stored)
        offset = b.sub(offset ? offset : b.splatInts(0), stored);
      perVector.push_back(offset);
    }
    return perVector;
  }

  /// The integers of a finished group as f32, zero points applied.
  SmallVector<Value> realSums(const Place &place, const Sums &sums) {
    SmallVector<Value> perVector = offsets(place), reals(vectors * cols);
    // Sums of at most 256 codes fit a word, and so do offsets of bytes: one multiply-add instead of a product of 32 bits.
    ScalarAttr zero = layout.find(Role::Zero);
    bool isSmall = zero && zero.getStorage() != Storage::S32 && std::abs(constantOffset()) < (1 << 15) - 256;
    bool asWords = isSmall && shorter && shorter <= 256;
    SmallVector<Value> words;
    for (int64_t v = 0; v < vectors && asWords; ++v) {
      Value low = arith::AndIOp::create(b, b.getLoc(), perVector[v], b.splatInts(0xffff));
      words.push_back(vector::BitCastOp::create(b, b.getLoc(), b.words(), low));
    }
    for (int64_t c = 0; c < cols; ++c) {
      Value sum = perVector[0] ? b.broadcast(xNumber(b.getI32Type(), xSums[c], place, xLayout.getSumGroup())) : Value();
      Value sumWords = asWords ? vector::BitCastOp::create(b, b.getLoc(), b.words(), sum).getResult() : Value();
      for (int64_t v = 0; v < vectors; ++v) {
        Value exact = sums.integers[v * cols + c];
        if (asWords)
          exact = DotOp::create(b, b.getLoc(), exact.getType(), exact, words[v], sumWords, /*is_signed=*/true, 512);
        else if (sum)
          exact = b.add(exact, b.mul(perVector[v], sum));
        reals[v * cols + c] = arith::SIToFPOp::create(b, b.getLoc(), b.floats(), exact);
      }
    }
    return reals;
  }

  /// The shorter group ends: its scale, or both where groups are equal.
  void applyShorter(const Place &place, Sums &sums) {
    SmallVector<Value> reals = realSums(place, sums);
    sums.integers.clear();
    bool isWeights = group == shorter, isX = xGroup == shorter;
    SmallVector<Value> &target = isWeights && isX ? sums.outer : sums.inner;
    if (target.empty()) // a run of all of K starts here
      target = zeros(b.zeroFloats());
    SmallVector<Value> coefficients = isWeights ? coefficientsAt(place) : SmallVector<Value>(vectors);
    for (int64_t c = 0; c < cols; ++c) {
      Value xScale = isX ? xScaleAt(c, place) : Value();
      for (int64_t v = 0; v < vectors; ++v) {
        Value scale = coefficients[v];
        if (!scale || !xScale)
          scale = scale ? scale : xScale;
        else
          scale = arith::MulFOp::create(b, b.getLoc(), scale, xScale);
        Value &sum = target[v * cols + c];
        sum = scaled(reals[v * cols + c], scale, sum);
      }
    }
    if (isWeights)
      applyBias(place, target);
  }

  /// The longer group ends: its scale is applied to what its parts add up to.
  void applyLonger(const Place &place, Sums &sums) {
    bool isWeights = group == longer;
    SmallVector<Value> coefficients = isWeights ? coefficientsAt(place) : SmallVector<Value>(vectors);
    if (sums.outer.empty())
      sums.outer = zeros(b.zeroFloats());
    for (int64_t c = 0; c < cols; ++c) {
      Value xScale = isWeights ? Value() : xScaleAt(c, place);
      for (int64_t v = 0; v < vectors; ++v) {
        Value &sum = sums.outer[v * cols + c];
        sum = scaled(sums.inner[v * cols + c], isWeights ? coefficients[v] : xScale, sum);
      }
    }
    sums.inner.clear();
    if (isWeights)
      applyBias(place, sums.outer);
  }

  /// value * scale + sum in one rounding; no scale is 1.
  Value scaled(Value value, Value scale, Value sum) {
    if (!scale)
      return arith::AddFOp::create(b, b.getLoc(), value, sum);
    return math::FmaOp::create(b, b.getLoc(), value, scale, sum);
  }

  void applyBias(const Place &place, SmallVector<Value> &target) {
    if (!layout.hasBias())
      return;
    SmallVector<Value> offsets = numbersAt(place, &VectorBuilder::biases);
    for (int64_t v = 0; v < vectors; ++v)
      for (int64_t c = 0; c < cols; ++c) {
        Value sum = b.broadcast(xNumber(b.getF32Type(), xBiasSums[c], place, xLayout.getBiasGroup()));
        Value &into = target[v * cols + c];
        into = math::FmaOp::create(b, b.getLoc(), sum, offsets[v], into);
      }
  }

  SmallVector<Value> coefficientsAt(const Place &place) { return numbersAt(place, &VectorBuilder::coefficients); }

  using Numbers = Value (VectorBuilder::*)(LayoutAttr, Value, Value, Value, int64_t);

  /// What a place has of some numbers, by vector.
  SmallVector<Value> numbersAt(const Place &place, Numbers read) {
    auto all = [&] {
      SmallVector<Value> perVector;
      for (int64_t v = 0; v < vectors; ++v)
        perVector.push_back((b.*read)(layout, numbers(v), blockOf(place, v), inBlock(place), rowInPanel(v)));
      return perVector;
    };
    if (!op.getCutsBlocks() || group == 0 || group >= layout.getBlock())
      return all();
    Value isBefore = b.cmp(arith::CmpIPredicate::slt, b.add(place.column, b.i64(place.fixed)), k);
    return b.choose(isBefore, SmallVector<Type>(vectors, b.floats()), all,
                    [&] { return SmallVector<Value>(vectors, b.zeroFloats()); });
  }

  Value xScaleAt(int64_t c, const Place &place) { return b.broadcast(xNumber(b.getF32Type(), xScales[c], place, xGroup)); }

  /// The number of the run of `columns` columns (0: all of K) that a place is in.
  Value xNumber(Type type, Value base, const Place &place, int64_t columns) {
    if (!columns)
      return b.load(type, base);
    Value index = b.divide(b.add(place.column, b.i64(place.fixed)), columns);
    return b.load(type, b.at(base, b.scale(index, 4)));
  }

  //===-- rows and columns ----------------------------------------------------------------------------------------===//

  /// Row pointers of X, and where its other parts begin.
  void prepareX() {
    ActivationOffsets offsets(b, xLayout, k);
    for (int64_t c = 0; c < cols; ++c) {
      Value row = b.at(x, b.scale(xStride, c));
      xRows.push_back(row);
      xWords.push_back(b.at(row, offsets.words));
      xScales.push_back(b.at(row, offsets.scales()));
      xSums.push_back(b.at(row, offsets.sums()));
      xBiasSums.push_back(layout.hasBias() ? b.at(row, offsets.biasSums()) : Value());
    }
  }

  int64_t panelOf(int64_t v) const { return v * target.lanes() / layout.getRows(); }
  int64_t rowInPanel(int64_t v) const { return v * target.lanes() % layout.getRows(); }
  Value blockOf(const Place &place, int64_t v) { return place.blocks.empty() ? numbers(v) : place.blocks[panelOf(v)]; }
  Value inBlock(const Place &place) {
    Value column = place.inBlock ? place.inBlock : b.i64(0);
    return place.fixed ? b.add(column, b.i64(place.fixed)) : column;
  }
  /// What covers whole rows of vector v's panel.
  Value numbers(int64_t v) {
    return panelOf(v) ? b.at(numbersBase, b.scale(panelStride, panelOf(v))) : numbersBase;
  }

  //===-- state ---------------------------------------------------------------------------------------------------===//

  /// What is carried from block to block of K: the innermost sum that all of K is one run of.
  SmallVector<Value> &kept(Sums &sums) { return !shorter ? sums.integers : !longer ? sums.inner : sums.outer; }

  SmallVector<Value> zeros(Value zero) { return SmallVector<Value>(vectors * cols, zero); }

  SmallVector<Value> asFloats(ArrayRef<Value> values) {
    SmallVector<Value> result;
    for (Value value : values)
      result.push_back(vector::BitCastOp::create(b, b.getLoc(), b.floats(), value));
    return result;
  }

  /// Scales of runs that are all of K.
  SmallVector<Value> scaled(Sums sums) {
    Place start{b.i64(0), {}};
    if (!shorter)
      applyShorter(start, sums);
    else if (!longer)
      applyLonger(start, sums);
    return sums.outer;
  }

  SmallVector<Value> loadState() {
    SmallVector<Value> state = b.tileSums(init, y, ldy, valid, vectors, cols);
    if (shorter)
      return state;
    for (Value &value : state)
      value = vector::BitCastOp::create(b, b.getLoc(), b.ints(), value);
    return state;
  }

  VectorBuilder b;
  MatmulOp op;
  LayoutAttr layout;
  XLayoutAttr xLayout;
  const Target &target;
  int64_t vectors, cols;
  bool useWords, useMatrices, useTiles;
  DotPlan plan;
  int64_t group, xGroup, shorter, longer;
  int64_t leaf = 0, step = 0;
  SmallVector<int64_t> runs;
  Value weights, numbersBase, panelStride, x, xStride, k, firstBlock, blocks, y, ldy, bias, valid, init, finish, fetch;
  Value first, last;
  Value tileSums; ///< products of tiles, int32 [vectors, cols, 16]
  SmallVector<Value> xRows, xWords, xScales, xSums, xBiasSums;
};

} // namespace

void buildTile(OpBuilder &builder, MatmulOp op, const Target &target, func::FuncOp function) {
  TileBuilder(builder, op, target).build(function);
}

} // namespace quoin::tile
