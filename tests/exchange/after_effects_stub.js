// The part of After Effects' object model that an exported script uses. `seen` is what it left.
var seen = {layers: [], markers: [], files: []};
var $ = {fileName: "/films/cut.jsx"};
var KeyframeInterpolationType = {LINEAR: "linear", HOLD: "hold"};
function File(path) {
    var at = path.lastIndexOf("/");
    this.fsName = path;
    this.exists = true;
    if (at > 0) { this.parent = {fsName: path.substring(0, at)}; }
}
function ImportOptions(file) { this.file = file; }
function MarkerValue(text) { this.comment = text; }
function Property(name) {
    this.name = name;
    this.keys = []; // of [time, value, kind], ascending
    this.numKeys = 0;
    this.properties = {};
}
Property.prototype.property = function (name) {
    this.properties[name] = this.properties[name] || new Property(name);
    return this.properties[name];
};
Property.prototype.setValue = function (value) { this.value = value; };
Property.prototype.setValueAtTime = function (time, value) {
    for (var k = 0; k < this.keys.length; k += 1) {
        if (Math.abs(this.keys[k][0] - time) < 1e-6) { this.keys[k][1] = value; return; }
    }
    this.keys.push([time, value, "bezier"]);
    this.keys.sort(function (a, b) { return a[0] - b[0]; });
    this.numKeys = this.keys.length;
};
Property.prototype.setValuesAtTimes = function (times, values) {
    for (var k = 0; k < times.length; k += 1) { this.setValueAtTime(times[k], values[k]); }
};
Property.prototype.keyTime = function (k) { return this.keys[k - 1][0]; };
Property.prototype.removeKey = function (k) { this.keys.splice(k - 1, 1); this.numKeys = this.keys.length; };
Property.prototype.setInterpolationTypeAtKey = function (k, before, after) { this.keys[k - 1][2] = after; };
function Layer(item) {
    Property.call(this, "layer");
    this.source = item.file.fsName;
    this.audioEnabled = true;
    var own = false, layer = this;
    Object.defineProperty(this, "timeRemapEnabled", {
        get: function () { return own; },
        set: function (value) { // two keyframes come by themselves
            own = value;
            layer.property("ADBE Time Remapping").setValuesAtTimes([0, 7.77], [0, 7.77]);
        }
    });
}
Layer.prototype = Object.create(Property.prototype);
var app = {
    project: {
        importFile: function (options) {
            seen.files.push(options.file.fsName);
            return {file: options.file, mainSource: {}};
        },
        items: {
            addComp: function (name, width, height, aspect, duration, rate) {
                seen.comp = {name: name, size: [width, height], aspect: aspect, duration: duration, rate: rate};
                return {
                    duration: duration,
                    layers: {add: function (item) {
                        var layer = new Layer(item);
                        seen.layers.unshift(layer);
                        return layer;
                    }},
                    markerProperty: {setValueAtTime: function (time, value) { seen.markers.push([time, value.comment]); }},
                    openInViewer: function () {}
                };
            }
        }
    },
    beginUndoGroup: function () {},
    endUndoGroup: function () {}
};
