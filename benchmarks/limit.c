/* The limit of reading the data file: a parser for this one file, which checks nothing.

   Four levels of lists deep is a pixel, a grey value divided by 256; three deep is a label. */

struct state {
    long images, labels;  /* how many numbers of each kind were found */
    long depth;           /* how many lists are open */
    long number, scale;   /* of a number, its digits so far, and 10 to the power of its decimals */
    long digits, decimals; /* were there digits, was there a decimal point? */
};

void parse(const char *text, long size, struct state *now, unsigned char *images,
           unsigned char *labels) {
    struct state s = *now;
    for (long i = 0; i < size; i++) {
        char c = text[i];
        if (c >= '0' && c <= '9') {
            s.number = 10 * s.number + (c - '0');
            s.digits = 1;
            if (s.decimals) s.scale *= 10;
        } else if (c == '.') {
            s.decimals = 1;
        } else {
            if (s.digits) {
                if (s.depth == 4) images[s.images++] = s.number * 256 / s.scale;
                else labels[s.labels++] = s.number;
                s.digits = s.decimals = 0;
                s.number = 0;
                s.scale = 1;
            }
            s.depth += (c == '[') - (c == ']');
        }
    }
    *now = s;
}
