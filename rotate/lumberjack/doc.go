// Package lumberjack has the type Logger of gopkg.in/natefinch/lumberjack.v2, with
// its fields, its file names and its behaviour, on package rotate: change the
// import path, keep the code.
//
// What was a defect is not kept. No goroutine outlives Close, no line is refused
// for being long, no backup is written over, and a rollover that fails costs no
// line. docs/lumberjack.md of this repository lists all that differs.
//
// # Limits
//
// Those of package rotate. A new file gets the permissions of the one before, but
// not its owner. Old backups are looked for when the file rolls over, not when it
// is opened.
package lumberjack
