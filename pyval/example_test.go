package pyval_test

import (
	"fmt"

	"github.com/sluicelog/sluice/pyval"
)

func ExampleRepr() {
	var d pyval.Dict
	for _, p := range []pyval.Pair{{"name", "O'Hara"}, {"ratio", 1e16}, {"raw", pyval.Bytes("\x00\xff")}, {"pos", pyval.Tuple{int64(1)}}, {"old", nil}} {
		if err := d.Set(p.Key, p.Value); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(pyval.Repr(&d))
	// Output: {'name': "O'Hara", 'ratio': 1e+16, 'raw': b'\x00\xff', 'pos': (1,), 'old': None}
}

func ExampleParse() {
	v, err := pyval.Parse("{'rows': [1, 2.5], 'ok': True}")
	fmt.Printf("%T %v\n", v, err)
	_, err = pyval.Parse("open('/etc/passwd')")
	fmt.Println(err)
	// Output:
	// *pyval.Dict <nil>
	// python literal: at byte 0: no literal
}
