/*
 * Ridgeline numeric core, C view of the WebAssembly exports (ABI 2.2).
 *
 * Pointers are 32-bit addresses in linear memory, unsigned; blocks are 16-byte aligned (rl_alloc gives such). Strides count
 * elements; w is f64[n], weights >= 0 of the rows, or 0: all of them 1. Functions marked `status` return 0, a sum of warning
 * bits (> 0), or one refusal (< 0). Nothing is imported, nothing traps on valid pointers, nothing is allocated but by rl_alloc.
 *
 * A fit, for any host (rl_chunk_rows() rows at a time, the last block shorter; blocks in row order):
 *
 *   forest <- rl_forest_init(kind 1, width p + t)            statistics of pass 1
 *   rl_ridge_accumulate(forest, block) ...                   pass 1 over all rows
 *   rl_forest_fold -> node; rl_ridge_factor -> factor
 *   while (!rl_ridge_settle(factor, 0)):                     nearly collinear columns: once or twice more over the rows
 *       rl_ridge_precondition(forest of kind 1, width rank + t) ...; fold; rl_ridge_refactor
 *   nodes <- rl_ridge_nodes                                  where to evaluate
 *   rl_ridge_sweep(forest of kind 2) ...                     pass 2; then fold, rl_ridge_interpolate when there are nodes
 *   rows set aside (count > 0 in aside[0]): rl_ridge_precondition with `skip`, refactor, settle, rl_ridge_aside
 *   rl_ridge_coefficients(factor, best alpha)
 */
#ifndef RIDGELINE_H
#define RIDGELINE_H

#include <stdint.h>

#define RL_ABI_VERSION ((2 << 16) | 4)

typedef uint32_t rl_ptr; /* address in linear memory; 0 = null */
typedef int32_t rl_status;

enum {
  RL_OK = 0,
  RL_CONSTANT_FEATURE = 1,
  RL_ALPHA_AT_GRID_EDGE = 2,
  RL_ILL_CONDITIONED = 4,
  RL_FEWER_ROWS_THAN_COLUMNS = 8,
  RL_BAD_ARGUMENT = -1,
  RL_BAD_SHAPE = -2,
  RL_NON_FINITE = -3, /* info[1], info[2], info[3]: row, column, operand (0 x, 1 y, 2 w); row -1: too large to square */
  RL_WORKSPACE = -4,
  RL_NO_CONVERGENCE = -5,
  RL_BAD_ALPHA = -6,
  RL_BAD_WEIGHT = -7,
  RL_UNSUPPORTED = -8,
  RL_BAD_SCALE = -9 /* columns differ in size by more than 1e16, or a target is too small to square */
};

enum { RL_COLUMNS = 0, RL_MOMENTS = 1, RL_SUMS = 2, RL_PAIRS = 3 };

int32_t rl_abi_version(void);
int32_t rl_features(void); /* bit 0 SIMD, bit 1 shared memory */
int32_t rl_chunk_rows(void);

rl_ptr rl_alloc(uint32_t bytes); /* 0 = out of memory */
void rl_free(rl_ptr block, uint32_t bytes);
rl_ptr rl_mark(void);
void rl_reset(rl_ptr mark);

rl_status rl_logspace(double start, double stop, int32_t num, double base, rl_ptr out);

uint32_t rl_forest_bytes(int32_t kind, int32_t width, int32_t capacity);
rl_status rl_forest_init(rl_ptr forest, int32_t kind, int32_t width, int32_t capacity, int32_t first_chunk);
rl_status rl_forest_append(rl_ptr forest, rl_ptr other);
rl_status rl_forest_fold(rl_ptr forest, rl_ptr out);

rl_status rl_scaler_update(rl_ptr forest, rl_ptr x, int32_t n, int32_t rs, int32_t cs, rl_ptr w, rl_ptr info);
rl_status rl_scaler_finish(rl_ptr forest, rl_ptr count, rl_ptr mean, rl_ptr variance, rl_ptr scale, rl_ptr scratch);
rl_status rl_scaler_transform(rl_ptr x, int32_t n, int32_t p, int32_t rs, int32_t cs, rl_ptr mean, rl_ptr scale,
                              rl_ptr out, int32_t ors, int32_t ocs);
rl_status rl_scaler_inverse(rl_ptr x, int32_t n, int32_t p, int32_t rs, int32_t cs, rl_ptr mean, rl_ptr scale, rl_ptr out,
                            int32_t ors, int32_t ocs);
void rl_range(rl_ptr x, int32_t n, rl_ptr range);

uint32_t rl_ridge_accumulate_scratch(int32_t p, int32_t t);
rl_status rl_ridge_accumulate(rl_ptr forest, rl_ptr x, int32_t rs, int32_t cs, int32_t p, rl_ptr y, int32_t yrs,
                              int32_t ycs, rl_ptr w, int32_t n, rl_ptr scratch, rl_ptr info);
int32_t rl_ridge_factor_length(int32_t p, int32_t t);
uint32_t rl_ridge_factor_scratch(int32_t p, int32_t t);
rl_status rl_ridge_factor(rl_ptr node, int32_t p, int32_t t, int32_t intercept, double alpha, rl_ptr mean,
                          rl_ptr scale, rl_ptr factor, rl_ptr scratch);
int32_t rl_ridge_settle(rl_ptr factor, int32_t force);
uint32_t rl_ridge_precondition_scratch(int32_t p, int32_t t);
rl_status rl_ridge_precondition(rl_ptr forest, rl_ptr factor, rl_ptr x, int32_t rs, int32_t cs, rl_ptr y, int32_t yrs,
                                int32_t ycs, rl_ptr w, int32_t n, double first, rl_ptr skip, int32_t skips,
                                rl_ptr mean, rl_ptr scale, rl_ptr scratch, rl_ptr info);
rl_status rl_ridge_refactor(rl_ptr factor, rl_ptr node, rl_ptr scratch);
rl_status rl_ridge_coefficients(rl_ptr factor, double alpha, int32_t target, rl_ptr coef, rl_ptr intercept);
int32_t rl_ridge_nodes(rl_ptr factor, rl_ptr alphas, int32_t na, rl_ptr nodes);
rl_status rl_ridge_interpolate(rl_ptr factor, rl_ptr nodes, rl_ptr values, int32_t count, rl_ptr alphas, int32_t na,
                               rl_ptr out);
uint32_t rl_ridge_sweep_scratch(int32_t p, int32_t t, int32_t na);
rl_status rl_ridge_sweep(rl_ptr forest, rl_ptr factor, rl_ptr nodes, int32_t nn, rl_ptr alphas, int32_t na, rl_ptr x,
                         int32_t rs, int32_t cs, rl_ptr y, int32_t yrs, int32_t ycs, rl_ptr w, int32_t n,
                         double first, rl_ptr aside, rl_ptr mean, rl_ptr scale, rl_ptr scratch, rl_ptr info);
int32_t rl_ridge_aside_length(int32_t p, int32_t t);
int32_t rl_ridge_aside_capacity(int32_t p);
uint32_t rl_ridge_aside_scratch(int32_t p, int32_t count);
rl_status rl_ridge_aside(rl_ptr factor, rl_ptr alphas, int32_t na, rl_ptr aside, rl_ptr errors, rl_ptr scratch);
rl_status rl_ridge_residuals(rl_ptr forest, rl_ptr solution, int32_t p, rl_ptr x, int32_t rs, int32_t cs, rl_ptr y,
                             int32_t yrs, int32_t ycs, rl_ptr w, int32_t n, rl_ptr info);
rl_status rl_qr_absorb(rl_ptr r, int32_t q, rl_ptr b, int32_t m, int32_t dense);
rl_status rl_ridge_factor_triangle(rl_ptr r, rl_ptr mean, int32_t p, int32_t t, double n, int32_t intercept,
                                   rl_ptr factor);
double rl_ridge_correct(rl_ptr factor, rl_ptr scale, rl_ptr sums, rl_ptr solution, rl_ptr scratch);

rl_status rl_predict(rl_ptr x, int32_t n, int32_t p, int32_t rs, int32_t cs, rl_ptr mean, rl_ptr scale, rl_ptr coef,
                     double intercept, rl_ptr out, int32_t os, rl_ptr info);
rl_status rl_metrics(rl_ptr y, rl_ptr yhat, int32_t n, rl_ptr out, rl_ptr info);

#endif
