package pickle

// written numbers the containers that were written: pointers, or tupleIDs. Few are
// looked through one by one, so that a usual value needs no map.
type written struct {
	few  [fewWritten]any
	n    int
	many map[any]int // nil as long as there are few
}

const fewWritten = 16

// find gives the number of id, or -1.
func (w *written) find(id any) int {
	if w.many != nil {
		if i, ok := w.many[id]; ok {
			return i
		}
		return -1
	}
	for i := range w.n {
		if w.few[i] == id {
			return i
		}
	}
	return -1
}

// add gives id the next number.
func (w *written) add(id any) int {
	if w.n == fewWritten {
		w.many = make(map[any]int, 4*fewWritten)
		for i, id := range w.few {
			w.many[id] = i
		}
	}
	if w.n < fewWritten {
		w.few[w.n] = id
	} else {
		w.many[id] = w.n
	}
	w.n++
	return w.n - 1
}
