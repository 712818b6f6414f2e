module github.com/sluicelog/sluice/bench

go 1.26.0

require github.com/sluicelog/sluice v0.0.0

replace github.com/sluicelog/sluice => ..
