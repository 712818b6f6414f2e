package pickle

const high = 0x8080808080808080 // the bits that no ASCII character has

func isASCII[T string | []byte](s T) bool {
	n := len(s)
	if n < 8 {
		var all byte
		for i := range n {
			all |= s[i]
		}
		return all < 0x80
	}
	all := load(s[n-8:]) // some of them twice
	for ; len(s) > 8; s = s[8:] {
		all |= load(s)
	}
	return all&high == 0
}

// asciiAt tells whether s[from:from+n] is ASCII. Records consist of short texts:
// where s goes on for eight bytes, one load does for what is left of them.
func asciiAt[T string | []byte](s T, from, n int) bool {
	for ; n >= 8; n -= 8 {
		if load(s[from:])&high != 0 {
			return false
		}
		from += 8
	}
	if len(s)-from >= 8 {
		return load(s[from:])&(1<<(8*uint(n))-1)&high == 0
	}
	var all byte
	for i := from; i < from+n; i++ {
		all |= s[i]
	}
	return all < 0x80
}

func load[T string | []byte](s T) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
