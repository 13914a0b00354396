/* The product, on tiles that the file that includes this one defines:
   TILE_SET, where they are; TILE_CONFIGURE(), TILE_RELEASE(), TILE_ZERO(t), TILE_LOAD(t, memory), TILE_STORE(t, memory), TILE_MULTIPLY(c, a, b);
   KERNEL(name), the functions' names, of which split and transpose are there before; KERNEL_TARGET, the instructions that
   they may use.

   Rows are cut into panels of 16 and columns into steps of 32, which make a tile each in two forms: numbers of a row one
   after another, and pairs of them transposed, as the right operand needs. */

/* Splits `count` columns of a panel of up to 16 rows and packs them. */
KERNEL_TARGET static void KERNEL(pack)(const float *x, int rows, int count, int stride, const struct packed *packed,
                                       size_t tile) {
  for (int step = 0; step * step_width < count; step++, tile++) {
    uint32_t high[tile_rows][tile_lanes], low[tile_rows][tile_lanes];
    int width = count - step * step_width < step_width ? count - step * step_width : step_width;
    for (int row = 0; row < tile_rows; row++) {
      const float *values = x + (size_t)(row < rows ? row : 0) * stride + step * step_width;
      KERNEL(split)(values, row < rows ? width : 0, high[row], low[row]);
    }
    memcpy(packed->rows[0] + tile * tile_size, high, tile_size);
    memcpy(packed->rows[1] + tile * tile_size, low, tile_size);
    KERNEL(transpose)(high, packed->pairs[0] + tile * tile_size);
    KERNEL(transpose)(low, packed->pairs[1] + tile * tile_size);
  }
}

/* Products of two panels at `left` with two at `right`, tiles of as many steps: [32, 32] float32. */
KERNEL_TARGET static void KERNEL(block)(const struct packed *packed, int steps, size_t left, size_t right,
                                        float *products) {
  TILE_SET;
  size_t next = (size_t)steps * tile_size;
  TILE_ZERO(0);
  TILE_ZERO(1);
  TILE_ZERO(2);
  TILE_ZERO(3);
  for (int step = 0; step < steps; step++) {
    size_t first = (left * steps + step) * tile_size, second = (right * steps + step) * tile_size;
    /* hh, hl, ll, lh: each keeps one operand of the one before. */
    for (int term = 0; term < 4; term++) {
      if (term == 0 || term == 2) {
        TILE_LOAD(4, packed->rows[term / 2] + first);
        TILE_LOAD(5, packed->rows[term / 2] + first + next);
      }
      if (term != 2) {
        TILE_LOAD(6, packed->pairs[term == 1] + second);
        TILE_LOAD(7, packed->pairs[term == 1] + second + next);
      }
      TILE_MULTIPLY(0, 4, 6);
      TILE_MULTIPLY(1, 4, 7);
      TILE_MULTIPLY(2, 5, 6);
      TILE_MULTIPLY(3, 5, 7);
    }
  }
  TILE_STORE(0, products);
  TILE_STORE(1, products + tile_lanes);
  TILE_STORE(2, products + tile_rows * block_side);
  TILE_STORE(3, products + tile_rows * block_side + tile_lanes);
}

/* Adds a block's products to the upper triangle of `c`, whose element [row, column] is the block's first. */
KERNEL_TARGET static void KERNEL(add)(const float *products, int rows, int row, int column, float *c, int pitch) {
  int height = rows - row < block_side ? rows - row : block_side;
  int width = rows - column < block_side ? rows - column : block_side;
  for (int i = 0; i < height; i++) {
    float *sums = c + (size_t)(row + i) * pitch + column;
    const float *terms = products + i * block_side;
    for (int j = row == column ? i : 0; j < width; j++) sums[j] += terms[j];
  }
}

KERNEL_TARGET static void KERNEL(product)(const float *x, int rows, int columns, int stride, float *c, int pitch,
                                          const struct packed *packed) {
  _Alignas(64) float products[block_side * block_side];
  int blocks = (rows + block_side - 1) / block_side;
  TILE_CONFIGURE();
  int chunk = chunk_of(rows);
  for (int column = 0; column < columns; column += chunk) {
    int count = columns - column < chunk ? columns - column : chunk;
    int steps = (count + step_width - 1) / step_width;
    for (int panel = 0; panel < 2 * blocks; panel++) {
      int first = panel * tile_rows;
      KERNEL(pack)(x + (size_t)(first < rows ? first : 0) * stride + column, rows - first, count, stride, packed,
                   (size_t)panel * steps);
    }
    /* As many right panels at a time as stay in the second cache. */
    for (int start = 0; start < blocks; start += cached_blocks) {
      int end = start + cached_blocks < blocks ? start + cached_blocks : blocks;
      for (int left = 0; left < end; left++) {
        for (int right = left > start ? left : start; right < end; right++) {
          KERNEL(block)(packed, steps, 2 * (size_t)left, 2 * (size_t)right, products);
          KERNEL(add)(products, rows, left * block_side, right * block_side, c, pitch);
        }
      }
    }
  }
  TILE_RELEASE();
}
