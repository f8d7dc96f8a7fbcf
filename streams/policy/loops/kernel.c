/* The innermost loops of reading a text and weighing its words. Integers only: every machine gives the same. Each function has a twin in
   plain.py, which says what it does; tests hold the two against each other. No allocation, no state: the caller brings all memory. */

#include <stdint.h>

enum { SPACE = 32, BETWEEN = 255, ORDERS = 5, MOST_NOTED = 512, SLOT_BITS = 20, CHECK_BITS = 15 };

static const uint32_t ALONE = 1u << 31;
static const uint64_t BASE = 0x9E3779B97F4A7C15u, MIX = 0xD6E8FEB86659FD93u, MARK = 0xA24BAED4963EE407u;

static inline uint64_t mixed(uint64_t key) {
    key *= MIX;
    key ^= key >> 32;
    return key * MIX;
}

static inline int is_gap(uint8_t byte) { return byte == SPACE || byte == BETWEEN; }

static inline int begins(uint8_t byte) { return (byte & 0xC0) != 0x80; }

static inline uint32_t row_of(uint64_t key, const uint32_t *known) {
    uint32_t entry = known[key >> (64 - SLOT_BITS)];
    uint32_t check = (uint32_t)(key >> (64 - SLOT_BITS - CHECK_BITS)) & ((1u << CHECK_BITS) - 1);
    return (entry & ((1u << CHECK_BITS) - 1)) == check ? entry >> CHECK_BITS : 0;
}

static inline uint8_t *put(uint8_t *out, uint32_t code) {
    if (code < 0x80) {
        *out++ = (uint8_t)code;
    } else if (code < 0x800) {
        *out++ = (uint8_t)(0xC0 | code >> 6);
        *out++ = (uint8_t)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *out++ = (uint8_t)(0xE0 | code >> 12);
        *out++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        *out++ = (uint8_t)(0x80 | (code & 0x3F));
    } else {
        *out++ = (uint8_t)(0xF0 | code >> 18);
        *out++ = (uint8_t)(0x80 | (code >> 12 & 0x3F));
        *out++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        *out++ = (uint8_t)(0x80 | (code & 0x3F));
    }
    return out;
}

/* Texts in UTF-8, a byte 255 behind each, to their normal forms; returns how many bytes these take. `table`: what each code point becomes, 0 where
   that is not known yet: then the result is -1 - the code point. `out` has room for twice the text and three bytes. */
int64_t plumbline_normal(const uint8_t *text, int64_t size, const uint32_t *table, uint8_t *out) {
    uint8_t *to = out;
    uint32_t last = 0; /* the space before a text's first word is its own */
    if (size) *to++ = last = SPACE;
    for (int64_t at = 0; at < size;) {
        uint32_t code = text[at++];
        if (code < 0x80) { /* without a branch: what is written over is a space too many */
            uint32_t plain = table[code];
            *to = (uint8_t)plain;
            to += (plain != SPACE) | (last != SPACE);
            last = plain;
            continue;
        }
        if (code == BETWEEN) {
            if (last != SPACE) *to++ = SPACE;
            *to++ = BETWEEN;
            if (at < size) *to++ = last = SPACE;
            continue;
        }
        if (code >= 0xF0) {
            code = (code & 7) << 18 | (text[at] & 0x3Fu) << 12 | (text[at + 1] & 0x3Fu) << 6 | (text[at + 2] & 0x3Fu);
            at += 3;
        } else if (code >= 0xE0) {
            code = (code & 15) << 12 | (text[at] & 0x3Fu) << 6 | (text[at + 1] & 0x3Fu);
            at += 2;
        } else {
            code = (code & 31) << 6 | (text[at] & 0x3Fu);
            at += 1;
        }
        uint32_t plain = table[code];
        if (!plain) return -1 - (int64_t)code;
        if (plain == SPACE || plain & ALONE) {
            if (last != SPACE) *to++ = SPACE;
            last = SPACE;
            if (plain == SPACE) continue;
        }
        to = put(to, plain & ~ALONE);
        if (plain & ALONE) *to++ = SPACE;
        else last = plain;
    }
    return to - out;
}

/* How many words a normal form has. */
int64_t plumbline_count(const uint8_t *normal, int64_t size) {
    int64_t count = 0;
    for (int64_t at = 1; at < size; at++) count += is_gap(normal[at - 1]) & !is_gap(normal[at]);
    return count;
}

/* Words of a normal form: where each begins and ends, and `keys`, three rows of `count`: of itself, of its beginning, of it with the word before.
   `powers`: of the base, as many as the longest word has bytes. */
void plumbline_words(const uint8_t *normal, const uint64_t *powers, int64_t count, int64_t *starts, int64_t *ends, uint64_t *keys) {
    uint64_t before = 0;
    int64_t at = 0;
    for (int64_t word = 0; word < count; word++) {
        while (is_gap(normal[at])) at++;
        const uint64_t *power = powers;
        uint64_t whole = 0, begun;
        starts[word] = at;
        for (int letters = 0; !is_gap(normal[at]); at++) {
            letters += begins(normal[at]);
            if (letters > ORDERS) break;
            whole += normal[at] * *power++;
        }
        begun = whole;
        for (; !is_gap(normal[at]); at++) whole += normal[at] * *power++;
        ends[word] = at;
        if (!word) before = whole;
        keys[word] = mixed(whole ^ MARK * 1);
        keys[count + word] = mixed(begun ^ MARK * 2);
        keys[2 * count + word] = mixed((before * MIX) ^ (whole + MARK * 6));
        before = whole;
    }
}

/* The row of each key in a table; 0 for those that it does not know. */
void plumbline_numbers(const uint64_t *keys, int64_t count, const uint32_t *known, uint32_t *out) {
    for (int64_t at = 0; at < count; at++) out[at] = row_of(keys[at], known);
}

static inline void add(int32_t *sums, const int8_t *row, int64_t columns) {
    for (int64_t column = 0; column < columns; column++) sums[column] += row[column];
}

/* Rows to be added, first noted, then summed: while they are looked up nothing waits for a guess whether they are known. */
typedef struct {
    const int8_t *rows;
    int64_t columns;
    int32_t *sums;
    int count;
    uint32_t noted[MOST_NOTED];
} Sum;

static inline void summed(Sum *sum) {
    for (int at = 0; at < sum->count; at++) add(sum->sums, sum->rows + sum->noted[at] * sum->columns, sum->columns);
    sum->count = 0;
}

static inline void note(Sum *sum, uint32_t number) {
    sum->noted[sum->count] = number;
    sum->count += number != 0;
    if (sum->count == MOST_NOTED) summed(sum);
}

/* For each window the sum of the rows of its words, beginnings and pairs of words. `numbers`: three rows of `words`; `out`: windows x columns, zeros. */
void plumbline_sums(const uint32_t *numbers, int64_t words, const int64_t *starts, const int64_t *ends, int64_t windows, const int8_t *rows,
                    int64_t columns, int32_t *out) {
    Sum sum = {.rows = rows, .columns = columns};
    for (int64_t window = 0; window < windows; window++) {
        sum.sums = out + window * columns;
        for (int part = 0; part < 3; part++)
            for (int64_t at = starts[window] + (part == 2); at < ends[window]; at++) {
                if (columns == 2) /* cheaper than to note it */
                    add(sum.sums, rows + numbers[part * words + at] * 2, 2);
                else
                    note(&sum, numbers[part * words + at]);
            }
        summed(&sum);
    }
}

/* For each window of words [starts, ends) the sum of the rows of three to five characters in a row within its words. `begin`, `end`: bytes of the
   words; `out`: windows x columns, zeros. */
void plumbline_characters(const uint8_t *normal, const int64_t *begin, const int64_t *end, const int64_t *starts, const int64_t *ends,
                          int64_t windows, const uint32_t *known, const int8_t *rows, int64_t columns, int32_t *out) {
    Sum sum = {.rows = rows, .columns = columns};
    for (int64_t window = 0; window < windows; window++) {
        sum.sums = out + window * columns;
        for (int64_t word = starts[window]; word < ends[window]; word++) {
            int64_t last = end[word] + 1; /* the gaps at both ends of a word belong to it */
            for (int64_t first = begin[word] - 1; first < last; first++) {
                if (!begins(normal[first])) continue;
                uint64_t key = 0, power = 1;
                int64_t at = first;
                for (uint64_t order = 1; order <= ORDERS && at < last; order++) {
                    do {
                        key += normal[at++] * power;
                        power *= BASE;
                    } while (at < last && !begins(normal[at]));
                    if (order >= 3) note(&sum, row_of(mixed(key ^ MARK * order), known));
                }
            }
        }
        summed(&sum);
    }
}
