package dev.devmesh.schema;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** How many elements a list, set, array or map may have: {@code @Size(max = 20) List<String> branches}. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.TYPE_USE})
public @interface Size {

    /** The fewest elements allowed. */
    int min() default 0;

    /** The most elements allowed; no bound by default. */
    int max() default Integer.MAX_VALUE;
}
