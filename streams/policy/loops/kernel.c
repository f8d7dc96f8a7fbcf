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

static inline int has_bit(const uint8_t *set, uint64_t begin, int64_t bits) {
    uint64_t at = (begin * BASE) >> (64 - bits);
    return set[at / 8] >> at % 8 & 1;
}

/* Whether a literal may begin with these eight bytes, the first six of them, or of four. */
static inline int may_begin(const uint8_t *normal, const uint8_t *begun, int64_t bits) {
    const int64_t size = ((int64_t)1 << bits) / 8;
    uint64_t begin = 0;
    for (int at = 7; at >= 0; at--) begin = begin << 8 | normal[at];
    return has_bit(begun, begin, bits) | has_bit(begun + size, begin & 0xFFFFFFFFFFFF, bits) |
           has_bit(begun + 2 * size, begin & 0xFFFFFFFF, bits);
}

/* The literals of a trie (streams/policy/literals.py) in a normal form, by their beginning: numbers and ends, of as many as there is `room` for. Returns
   how many there are. `begun`: sets of 2^`bits` bits; `slots`: key and child of each edge; `shift`: from a hash to a slot. */
int64_t plumbline_literals(const uint8_t *normal, int64_t size, const uint8_t *firsts, const uint8_t *begun, int64_t bits, const uint32_t *slots,
                           int64_t shift, const int32_t *numbers, int64_t room, int64_t *found, int64_t *ends) {
    const uint32_t most = (1u << (32 - shift)) - 1;
    int64_t count = 0;
    for (int64_t start = 0; start < size; start++) {
        int first = firsts[normal[start]];
        if (!first || (first == 1 && size - start >= 8 && !may_begin(normal + start, begun, bits))) continue;
        uint32_t node = 0;
        for (int64_t at = start; at < size; at++) {
            uint32_t key = node << 8 | normal[at], slot = (key * 0x9E3779B1u) >> shift;
            while (slots[2 * slot + 1] && slots[2 * slot] != key) slot = (slot + 1) & most;
            node = slots[2 * slot + 1];
            if (!node) break;
            if (numbers[node] < 0) continue;
            if (count < room) {
                found[count] = numbers[node];
                ends[count] = at + 1;
            }
            count++;
        }
    }
    return count;
}

typedef struct {
    const int64_t *starts, *sizes, *members;
} Lists;

/* Texts and patterns that were hit as the patterns need it: in their first set, and in their second if they are not alone. `hits`, `texts`: literals
   and the texts that hold them, text by text; `first`, `second`: room to note the text of the last hit of each of `patterns`. Returns how many there
   are, of which as many are told as there is `room` for. */
int64_t plumbline_candidates(const int64_t *hits, const int64_t *texts, int64_t count, const int64_t *first_starts, const int64_t *first_sizes,
                             const int64_t *first_members, const int64_t *second_starts, const int64_t *second_sizes, const int64_t *second_members,
                             const uint8_t *alone, int64_t patterns, int64_t *first, int64_t *second, int64_t room, int64_t *out_texts, int64_t *out_patterns) {
    const Lists sets[2] = {{first_starts, first_sizes, first_members}, {second_starts, second_sizes, second_members}};
    int64_t *noted[2] = {first, second}, told = 0;
    for (int64_t pattern = 0; pattern < patterns; pattern++) first[pattern] = second[pattern] = -1;
    for (int64_t hit = 0; hit < count; hit++)
        for (int set = 0; set < 2; set++) {
            const int64_t *member = sets[set].members + sets[set].starts[hits[hit]], *last = member + sets[set].sizes[hits[hit]];
            for (; member < last; member++) {
                if (noted[set][*member] == texts[hit]) continue;
                noted[set][*member] = texts[hit];
                if (!alone[*member] && noted[1 - set][*member] != texts[hit]) continue;
                if (told < room) {
                    out_texts[told] = texts[hit];
                    out_patterns[told] = *member;
                }
                told++;
            }
        }
    return told;
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
