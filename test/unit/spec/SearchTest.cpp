// Searches through arithmetic that is not the common one.
#include "FormatMaker.h"

using namespace quoin;
using namespace quoin::spec;

// A stored number meets the code on either side of an operation, and every code has the weight that is its value.
TEST(Search, ArithmeticOfEitherOrder) {
  for (bool isFloat : {true, false})
    for (bool codeFirst : {true, false}) {
      FormatMaker m;
      int32_t q = m.planar("q", "ui4", {m.N(), m.K()});
      int32_t d = m.planar("d", isFloat ? "f32" : "si8", {m.N()});
      m.decode([&](Ex n, Ex k) {
        Ex code = m.read(q, {n, k}), stored = m.read(d, {n});
        code = isFloat ? m.op(Op::ToF32, code) : code;
        Ex left = codeFirst ? code : stored, right = codeFirst ? stored : code;
        return isFloat ? left / right : m.op(Op::ToF32, left - right);
      });
      m.addStore(d, [&](auto) { return isFloat ? m.flt(3) : m.lit32(3); });
      m.addSearch({q});
      std::vector<float> w;
      for (int code = 1; code < 16; ++code) {
        float value = float(code), left = codeFirst ? value : 3, right = codeFirst ? 3 : value;
        w.push_back(isFloat ? left / right : left - right);
      }
      auto streams = encode(m.format, {1, 15}, w);
      ASSERT_TRUE(streams) << streams.error().message;
      auto bound = BoundFormat::bind(m.format, {1, 15}, view(*streams));
      ASSERT_TRUE(bound) << bound.error().message;
      EXPECT_EQ(*bound->decodeAll(), w) << isFloat << " " << codeFirst;
    }
}
