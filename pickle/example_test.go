package pickle_test

import (
	"errors"
	"fmt"

	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
)

func ExampleDecode() {
	// pickle.dumps({"user": "ann", "rows": [1, 2.5, None]}, protocol=0)
	data := "(dp0\nVuser\np1\nVann\np2\nsVrows\np3\n(lp4\nI1\naF2.5\naNas."
	v, err := pickle.Decode([]byte(data), pickle.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	rows, _ := v.(*pyval.Dict).Get("rows")
	fmt.Println(pyval.Repr(v), len(rows.(*pyval.List).Items))
	// Output: {'user': 'ann', 'rows': [1, 2.5, None]} 3
}

// What runs a command in Python is refused.
func ExampleDecode_refused() {
	_, err := pickle.Decode([]byte("cos\nsystem\n(S'rm -r /'\ntR."), pickle.Limits{})
	fmt.Println(errors.Is(err, pickle.ErrRefused))
	fmt.Println(err)
	// Output:
	// true
	// unpickle: REDUCE at byte 24: refused: a call of os.system
}

func ExampleAppend() {
	data, err := pickle.Append(nil, pyval.Tuple{int64(1), "two", nil})
	fmt.Printf("%q %v\n", data, err)
	// Output: "(K\x01X\x03\x00\x00\x00twoNtq\x00." <nil>
}
