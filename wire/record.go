package wire

import (
	"log/slog"
	"math"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/pyfmt"
	"github.com/sluicelog/sluice/pickle"
	"github.com/sluicelog/sluice/pyval"
)

// reading fills a record from the attributes of Python's. Each of its methods
// takes what its field says exactly and leaves the rest to the residue.
type reading struct {
	r  *sluice.Record
	f  pickle.Fields
	at [numAttrs]int // where in f an attribute is, -1 if it did not come
}

// setRecord fills r, which is empty but has Origin and Source.
func setRecord(r *sluice.Record, f pickle.Fields) {
	s := reading{r: r, f: f}
	for a := range s.at {
		s.at[a] = -1
	}
	for i := range f.Len() {
		key := f.Key(i)
		if a := attrOf(key); a < numAttrs {
			s.at[a] = i
		} else if !s.id(i, key) {
			r.Attrs = append(r.Attrs, slog.Attr{Key: key, Value: f.Value(i)})
		}
	}
	s.name()
	s.message()
	s.level()
	s.place()
	s.none(attrExcInfo)
	s.optional(attrExcText, &r.ExcText)
	s.optional(attrStackInfo, &r.StackInfo)
	s.time()
	s.origin()
	for _, a := range [...]attr{attrMessage, attrAsctime} {
		if s.at[a] >= 0 {
			s.keep(a)
		}
	}
}

// idKey is the attribute in which an ID travels. CPython takes it for an extra and
// does nothing with it.
const idKey = "sluice_id"

// id takes the ID, if that is what attribute i is.
func (s *reading) id(i int, key string) bool {
	if key != idKey {
		return false
	}
	text, _ := s.f.Str(i)
	id, ok := sluice.ParseID(text)
	if ok {
		s.r.ID = id
	}
	return ok
}

// keep puts a into the residue.
func (s *reading) keep(a attr) {
	var v any = sluice.Absent{}
	if i := s.at[a]; i >= 0 {
		v = s.f.Any(i)
	}
	s.r.Origin.Residue = append(s.r.Origin.Residue, pyval.Pair{Key: a.key(), Value: v})
}

func (s *reading) str(a attr) (string, bool) {
	if s.at[a] < 0 {
		return "", false
	}
	return s.f.Str(s.at[a])
}

func (s *reading) int(a attr) (int64, bool) {
	if s.at[a] < 0 {
		return 0, false
	}
	return s.f.Int(s.at[a])
}

func (s *reading) float(a attr) (float64, bool) {
	if s.at[a] < 0 {
		return 0, false
	}
	return s.f.Float(s.at[a])
}

func (s *reading) isNone(a attr) bool { return s.at[a] >= 0 && s.f.None(s.at[a]) }

// text sets a str.
func (s *reading) text(a attr, field *string) {
	if v, ok := s.str(a); ok {
		*field = v
		return
	}
	s.keep(a)
}

// name sets the logger's name, which in a Record is not empty: that is the root's.
func (s *reading) name() {
	if v, ok := s.str(attrName); ok && v != "" {
		s.r.Name = v
		return
	}
	s.keep(attrName)
}

// optional sets a str that may be None, for which the field is empty.
func (s *reading) optional(a attr, field *string) {
	if s.isNone(a) {
		return
	}
	if v, ok := s.str(a); ok && v != "" {
		*field = v
		return
	}
	s.keep(a)
}

func (s *reading) number(a attr, field *int64) {
	if v, ok := s.int(a); ok {
		*field = v
		return
	}
	s.keep(a)
}

// must keeps a unless it is what follows from other fields.
func (s *reading) must(a attr, want string) {
	if v, ok := s.str(a); !ok || v != want {
		s.keep(a)
	}
}

func (s *reading) none(a attr) {
	if !s.isNone(a) {
		s.keep(a)
	}
}

// maxMessage bounds a message that is merged here; SocketHandler sends it merged.
const maxMessage = 1 << 20

func (s *reading) message() {
	text, ok := s.str(attrMsg)
	if ok && s.isNone(attrArgs) {
		s.r.Message = text
		return
	}
	var msg, args any = "", nil // as makeLogRecord
	if i := s.at[attrMsg]; i >= 0 {
		msg = s.f.Any(i)
	}
	if i := s.at[attrArgs]; i >= 0 {
		args = s.f.Any(i)
	}
	text, err := pyfmt.Message(msg, args, maxMessage)
	if err != nil {
		// Python prints both and loses the record.
		text = pyval.Str(msg) + " % " + pyval.Repr(args)
	}
	s.r.Message = text
	s.must(attrMsg, text)
	s.none(attrArgs)
}

func (s *reading) level() {
	r := s.r
	name, named := s.str(attrLevelname)
	n, ok := s.int(attrLevelno)
	if ok && math.MinInt32 <= n && n <= math.MaxInt32 {
		r.Level = sluice.Level(n)
	} else {
		r.Level = levelNamed(name)
		s.keep(attrLevelno)
	}
	switch {
	case !named || name == "":
		s.keep(attrLevelname)
	case name != r.Level.String():
		r.LevelName = name
	}
}

// levelNamed gives the level of Python's name, Info for another.
func levelNamed(name string) sluice.Level {
	for _, l := range [...]sluice.Level{sluice.Debug, sluice.Warning, sluice.Error, sluice.Critical} {
		if l.String() == name {
			return l
		}
	}
	return sluice.Info
}

func (s *reading) place() {
	source := s.r.Source
	s.text(attrPathname, &source.File)
	file, module := fileAndModule(source.File)
	s.must(attrFilename, file)
	s.must(attrModule, module)
	if n, ok := s.int(attrLineno); ok && math.MinInt32 <= n && n <= math.MaxInt32 {
		source.Line = int(n)
	} else {
		s.keep(attrLineno)
	}
	s.text(attrFuncName, &source.Function)
}

func (s *reading) time() {
	seconds, exact := s.float(attrCreated)
	if n, ok := s.int(attrCreated); ok {
		seconds = float64(n)
	} else if !exact {
		seconds = math.NaN()
	}
	msecs, ok := s.float(attrMsecs)
	t, known := timeOf(seconds)
	switch {
	case !known:
		t = time.Now()
	case ok && msecs != millis(t):
		t = withMillis(t, seconds, msecs)
	}
	s.r.Time = t
	if !exact || !same(created(t), seconds) {
		s.keep(attrCreated)
	}
	if !ok || !same(millis(t), msecs) {
		s.keep(attrMsecs)
	}
}

func (s *reading) origin() {
	o := s.r.Origin
	if v, ok := s.float(attrRelativeCreated); ok {
		o.RelativeCreated = v
	} else {
		s.keep(attrRelativeCreated)
	}
	s.number(attrThread, &o.Thread)
	s.text(attrThreadName, &o.ThreadName)
	s.text(attrProcessName, &o.ProcessName)
	s.number(attrProcess, &o.Process)
	s.optional(attrTaskName, &o.TaskName)
}
