/* What numba's code expects of its surroundings: memory, and arrays that are counted.

   Blocks of memory: the free ones are a list in order of address, the first that fits is taken,
   neighbours are joined again. A kernel holds a few arrays at a time, so the list stays short. */
#include <stddef.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define PAGE ((size_t)65536)
#define HEAD ((size_t)16) /* before each block, so that what follows is aligned */
#define MOST ((size_t)0xFFF00000u)
#define GROW ((size_t)1 << 20)

typedef struct Block {
  size_t size; /* of the whole block, head included */
  struct Block *next;
} Block;

extern unsigned char __heap_base;
static Block *unused;
static size_t heap_end, used;

static void give_back(Block *block) {
  Block **link = &unused;
  while (*link && *link < block) link = &(*link)->next;
  block->next = *link;
  *link = block;
  if (block->next && (char *)block + block->size == (char *)block->next) {
    block->size += block->next->size;
    block->next = block->next->next;
  }
  if (link != &unused) {
    Block *before = (Block *)((char *)link - offsetof(Block, next));
    if ((char *)before + before->size == (char *)block) {
      before->size += block->size;
      before->next = block->next;
    }
  }
}

static int grow(size_t wanted) {
  if (!heap_end) heap_end = ((size_t)&__heap_base + 15) & ~(size_t)15;
  size_t end = __builtin_wasm_memory_size(0) * PAGE;
  if (heap_end < end) { /* what the module began with */
    Block *first = (Block *)heap_end;
    first->size = end - heap_end;
    heap_end = end;
    give_back(first);
    return 1;
  }
  size_t pages = (wanted + PAGE - 1) / PAGE;
  if (pages < GROW / PAGE) pages = GROW / PAGE;
  if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) return 0;
  Block *more = (Block *)end;
  more->size = pages * PAGE;
  heap_end = end + pages * PAGE;
  give_back(more);
  return 1;
}

/* Returns 0 when there is no such room. */
EXPORT("reserve") void *reserve(size_t wanted) {
  if (wanted > MOST) return 0;
  size_t size = ((wanted + 15) & ~(size_t)15) + HEAD;
  for (;;) {
    for (Block **link = &unused; *link; link = &(*link)->next) {
      Block *block = *link;
      if (block->size < size) continue;
      if (block->size - size >= 2 * HEAD) {
        Block *rest = (Block *)((char *)block + size);
        rest->size = block->size - size;
        rest->next = block->next;
        block->size = size;
        *link = rest;
      } else {
        *link = block->next;
      }
      used += block->size;
      return (char *)block + HEAD;
    }
    if (!grow(size)) return 0;
  }
}

EXPORT("release") void release(void *place) {
  Block *block = (Block *)((char *)place - HEAD);
  used -= block->size;
  give_back(block);
}

/* Bytes that are reserved now: 0 between two calls. */
EXPORT("in_use") size_t in_use(void) { return used; }

/* The memory of an array, as numba lays it out (64 bits for sizes, 32 for addresses). */
typedef struct {
  uint64_t holders;
  void *dtor, *dtor_info, *data;
  uint64_t size;
} Owner;

void *NRT_MemInfo_alloc_aligned(uint64_t size, uint32_t align) {
  (void)align; /* 16 bytes are enough for every load of a module */
  size_t head = (sizeof(Owner) + 15) & ~(size_t)15;
  if (size > MOST) return 0;
  Owner *owner = reserve(head + (size_t)size);
  if (!owner) return 0;
  owner->holders = 1;
  owner->dtor = owner->dtor_info = 0;
  owner->data = (char *)owner + head;
  owner->size = size;
  return owner;
}

void NRT_MemInfo_call_dtor(Owner *owner) { release(owner); }

EXPORT("let_go") void let_go(Owner *owner) {
  if (--owner->holders == 0) release(owner);
}

/* numba's helper for reshape, of contiguous arrays */
int32_t numba_attempt_nocopy_reshape(int64_t n, const int64_t *shape, const int64_t *strides,
                                     int64_t new_n, const int64_t *new_shape, int64_t *new_strides,
                                     int64_t itemsize, int32_t columns_first) {
  int64_t step = itemsize;
  for (int64_t i = n - 1; i >= 0; i--) {
    if (shape[i] != 1 && strides[i] != step) return 0;
    step *= shape[i];
  }
  if (columns_first) return 0;
  step = itemsize;
  for (int64_t i = new_n - 1; i >= 0; i--) {
    new_strides[i] = step;
    step *= new_shape[i];
  }
  return 1;
}

/* The product of two whole numbers of 128 bits: numba asks whether sizes of arrays fit into 64.
   Not optimised: the optimiser knows a product when it sees one, and would call this function. */
__attribute__((optnone, noinline)) __int128 __multi3(__int128 a, __int128 b) {
  uint64_t a_low = (uint64_t)a, b_low = (uint64_t)b;
  uint64_t a0 = a_low & 0xFFFFFFFF, a1 = a_low >> 32, b0 = b_low & 0xFFFFFFFF, b1 = b_low >> 32;
  uint64_t middle = (a0 * b0 >> 32) + (a1 * b0 & 0xFFFFFFFF) + a0 * b1;
  uint64_t high = a1 * b1 + (a1 * b0 >> 32) + (middle >> 32);
  high += (uint64_t)(a >> 64) * b_low + a_low * (uint64_t)(b >> 64);
  return (__int128)(((unsigned __int128)high << 64) | a_low * b_low);
}

/* What went wrong: a text and its length. */
typedef struct {
  const char *text;
  int32_t length;
} Why;

/* A kernel as it is exported: takes the address of its table, returns 0 or what went wrong. */
#define KERNEL(name)                                             \
  extern int32_t kernel_##name(void **, const Why **, int64_t);  \
  EXPORT(#name) const Why *call_##name(int32_t table) {          \
    static const Why unknown = {"RuntimeError", 12};             \
    void *nothing = 0;                                           \
    const Why *why = 0;                                          \
    if (!kernel_##name(&nothing, &why, (uint32_t)table)) return 0; \
    return why ? why : &unknown;                                 \
  }
#include "kernels.h"
