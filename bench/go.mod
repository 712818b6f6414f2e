module github.com/sluicelog/sluice/bench

go 1.26.0

require (
	github.com/DeRuina/timberjack v1.4.9
	github.com/phuslu/log v1.0.121
	github.com/sluicelog/sluice v0.0.0
	gopkg.in/natefinch/lumberjack.v2 v2.2.1
)

require github.com/klauspost/compress v1.20.3 // indirect

replace github.com/sluicelog/sluice => ..
